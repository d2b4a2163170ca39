// Population annealing of timetables in the competition's form, on a device. Integers only. Compiled to the PTX beside it by
// compile.py.

#include "warp.cuh"
#include "population.cuh"
#include "change.cuh"
#include "step.cuh"

template <class K> struct Competition {
    typedef ::Problem Problem;
    typedef View<K> State;

    static __device__ __forceinline__ u32 spot(const State &v, u32 cls) { return spelled(place_of<K>(v.at[cls])); }

    // `propose` of search/src/motion.rs.
    static __device__ __forceinline__ bool propose(const Problem &p, const State &v, uint4 words, i32 limit, Step &step) {
        step.cls = below(words.x, p.classes);
        u32 course = table<u16>(p, p.class_course, step.cls);
        u32 begin = table<u32>(p, p.period_starts, course), open = table<u32>(p, p.period_starts, course + 1) - begin;
        if (open == 0) return false;
        step.target.period = table<typename K::Period>(p, p.period_items, begin + below(words.y, open));
        step.target.room = below(words.w, p.rooms);
        return evaluate(p, v, step.cls, course, step.target, limit, step.change);
    }

    static __device__ __forceinline__ void make(const Problem &p, State &v, u32 lane, Step step) {
        apply(p, v, lane, step.cls, step.target, step.change);
    }

    static __device__ __forceinline__ void fill(const Problem &p, State &v, u32 lane, const u32 *spots) {
        ::fill(p, v, lane, spots);
    }

    // `adopt` of search/src/motion.rs. Every lane comes to the same answer.
    static __device__ __forceinline__ void adopt(const Problem &p, State &v, u32 lane, u32 course, const u32 *lent) {
        u32 first = table<u16>(p, p.first_class, course), behind = table<u16>(p, p.first_class, course + 1);
        EACH(u32 cls = first; cls < behind; cls++) {
            Place target = unpacked(lent[cls]);
            Change change;
            bool is_there = v.at[cls] == (typename K::At)packed<K>(target);
            if (!is_there && evaluate(p, v, cls, course, target, 0x7fffffff, change)) apply(p, v, lane, cls, target, change);
            __syncwarp();
        }
    }
};

typedef Competition<Narrow> OfNarrow;
typedef Competition<Wide> OfWide;

KERNELS_OF(OfNarrow, true, narrow)
KERNELS_OF(OfWide, false, wide)
