// Population annealing of timetables of a campus, on a device. Integers only. Compiled to the PTX beside it by compile.py.

#include "warp.cuh"
#include "population.cuh"
#include "campus.cuh"
#include "rules.cuh"
#include "meeting.cuh"

template <class K> struct Campus {
    typedef ::Problem Problem;
    typedef View<K> State;

    static __device__ __forceinline__ u32 spot(const State &v, u32 cls) { return spelled(place_of<K>(v.at()[cls])); }

    static __device__ __forceinline__ bool propose(const Problem &p, const State &v, uint4 words, i32 limit, Step &step) {
        u32 course;
        return proposal(p, v, words, step.cls, course, step.target) &&
               evaluate(p, v, step.cls, course, step.target, limit, step.change);
    }

    static __device__ __forceinline__ void make(const Problem &p, State &v, u32 lane, Step step) {
        apply(p, v, lane, step.cls, step.target, step.change);
    }

    static __device__ __forceinline__ void fill(const Problem &p, State &v, u32 lane, const u32 *spots) {
        ::fill(p, v, lane, spots);
    }

    // `adopt` of search/src/campus/landscape.rs. Every lane comes to the same answer.
    static __device__ __forceinline__ void adopt(const Problem &p, State &v, u32 lane, u32 course, const u32 *lent) {
        u32 first = table<u32>(p, p.first_class, course), behind = table<u32>(p, p.first_class, course + 1);
        EACH(u32 cls = first; cls < behind; cls++) {
            Place at = place_of<K>(v.at()[cls]), target = unpacked(lent[cls]);
            Change change;
            bool is_meant = is_somewhere(at) && spelled(at) != lent[cls];
            if (is_meant && evaluate(p, v, cls, course, target, 0x7fffffff, change)) apply(p, v, lane, cls, target, change);
            __syncwarp();
        }
    }
};

typedef Campus<Narrow> OfNarrow;
typedef Campus<Wide> OfWide;

KERNELS_OF(OfNarrow, true, shared)
KERNELS_OF(OfNarrow, false, narrow)
KERNELS_OF(OfWide, false, wide)
