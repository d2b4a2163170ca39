// What is done with a population of timetables of any form. One warp holds one individual; its lanes try the next 32 proposals of
// the chain at once, the first that is accepted is made, and those behind it are tried again. A proposal is a function of its
// counter, so that is the sequential chain, bit for bit.
//
// A form F says what a timetable is: F::Problem, F::State with its totals `hard` and `soft`, and
//   propose  whether the thresholds let the proposal of four random words pass, and what its step is (each lane its own)
//   make     makes a step (the warp together, as all below)
//   fill     fills a state from places and counts its totals
//   adopt    puts the classes of a course where other places have them, as far as that is legal
//   spot     where a class is

// The bound is one of registers: as many threads as that share them with 64 for each, and so as many blocks of one warp run at once as a
// multiprocessor takes.
#define KERNEL extern "C" __global__ void __launch_bounds__(1024)

template <class F> DEVICE void remember(const typename F::Problem &p, const typename F::State &state, u32 lane, int2 &best, u32 *spots) {
    if (state.hard > best.x || (state.hard == best.x && state.soft >= best.y)) return;
    best = make_int2(state.hard, state.soft);
    EACH(u32 cls = lane; cls < p.classes; cls += LANES) spots[cls] = F::spot(state, cls);
}

// What a launch of `anneal` works with; one row, or one number, for each individual.
struct Anneal {
    u64 states, costs, bests, best_spots, counters, accepted, limits;
    u64 seed, proposals;
};

template <class F> DEVICE void anneal(const typename F::Problem &p, const Anneal &a, u8 *work, u32 lane, u32 individual) {
    typename F::State state(p, work);
    int2 cost = ((const int2 *)a.costs)[individual], best = ((const int2 *)a.bests)[individual];
    u64 counter = ((const u64 *)a.counters)[individual];
    u32 *best_spots = (u32 *)a.best_spots + (u64)individual * p.classes;
    state.hard = cost.x;
    state.soft = cost.y;
    remember<F>(p, state, lane, best, best_spots);
    u32 done = 0, accepted = 0;
    while (done < a.proposals) {
        u32 ahead = done + lane;
        uint4 words = random_block(a.seed, individual, counter + ahead);
        i32 limit = __ldg((const u16 *)a.limits + (words.z >> 20));
        Step step;
        bool passes = ahead < a.proposals && F::propose(p, state, words, limit, step);
        u32 ballot = __ballot_sync(ALL, passes);
        if (ballot == 0) {
            done += LANES;
            continue;
        }
        u32 first = __ffs(ballot) - 1;
        F::make(p, state, lane, told_by(first, step));
        done += first + 1;
        accepted++;
        __syncwarp();
        remember<F>(p, state, lane, best, best_spots);
    }
    // All have read what is written now, even where no step was made.
    __syncwarp();
    if (lane == 0) {
        ((int2 *)a.costs)[individual] = make_int2(state.hard, state.soft);
        ((int2 *)a.bests)[individual] = best;
        ((u64 *)a.counters)[individual] = counter + a.proposals;
        ((u32 *)a.accepted)[individual] = accepted;
    }
}

// What a launch of `eval` works with. Individual i gets the row `i * rows` of the places: `rows` is 1, or 0 where all are the same.
struct Eval {
    u64 states, costs, spots, rows;
};

template <class F> DEVICE void eval(const typename F::Problem &p, const Eval &e, u8 *work, u32 lane, u32 individual) {
    typename F::State state(p, work);
    clear((uint4 *)work, p.stride, lane);
    __syncwarp();
    F::fill(p, state, lane, (const u32 *)e.spots + (u64)individual * e.rows * p.classes);
    if (lane == 0) ((int2 *)e.costs)[individual] = make_int2(state.hard, state.soft);
}

// What a launch of `cross` works with: child i adopts the courses from starts[i] to starts[i + 1] of the list from row i of the
// places.
struct Cross {
    u64 states, costs, spots, children, starts, courses;
};

template <class F> DEVICE void cross(const typename F::Problem &p, const Cross &c, u8 *work, u32 lane, u32 child) {
    typename F::State state(p, work);
    int2 cost = ((const int2 *)c.costs)[child];
    state.hard = cost.x;
    state.soft = cost.y;
    const u32 *lent = (const u32 *)c.spots + (u64)blockIdx.x * p.classes;
    u32 begin = ((const u32 *)c.starts)[blockIdx.x], end = ((const u32 *)c.starts)[blockIdx.x + 1];
    EACH(u32 entry = begin; entry < end; entry++) F::adopt(p, state, lane, ((const u32 *)c.courses)[entry], lent);
    __syncwarp();
    if (lane == 0) ((int2 *)c.costs)[child] = make_int2(state.hard, state.soft);
}

// What a launch of `lend` works with: it writes where the classes of individual sources[i] are into row i of the places.
struct Lend {
    u64 states, sources, spots;
};

template <class F> DEVICE void lend(const typename F::Problem &p, const Lend &l) {
    typename F::State state(p, (u8 *)l.states + (u64)((const u32 *)l.sources)[blockIdx.x] * p.stride);
    u32 *row = (u32 *)l.spots + (u64)blockIdx.x * p.classes;
    EACH(u32 cls = threadIdx.x; cls < p.classes; cls += LANES) row[cls] = F::spot(state, cls);
}

// What a launch of `gather` works with: individual places[i] becomes a copy of individual sources[i], which is none of the
// places.
struct Gather {
    u64 states, costs, places, sources;
};

DEVICE void gather(u32 stride, const Gather &g) {
    u32 place = ((const u32 *)g.places)[blockIdx.x], source = ((const u32 *)g.sources)[blockIdx.x];
    u8 *states = (u8 *)g.states;
    copy((uint4 *)(states + (u64)place * stride), (const uint4 *)(states + (u64)source * stride), stride, threadIdx.x);
    if (threadIdx.x == 0) ((int2 *)g.costs)[place] = ((const int2 *)g.costs)[source];
}

// What a launch of `best` works with: it finds the least of the bests and, of several, the first: hard violations, soft cost,
// individual.
struct Best {
    u64 bests, found, individuals;
};

DEVICE bool is_before(i32 hard, i32 soft, u32 who, i32 other_hard, i32 other_soft, u32 other) {
    if (hard != other_hard) return hard < other_hard;
    if (soft != other_soft) return soft < other_soft;
    return who < other;
}

DEVICE void best(const Best &b) {
    i32 hard = 0x7fffffff, soft = 0x7fffffff;
    u32 who = 0xffffffff;
    EACH(u32 individual = threadIdx.x; individual < b.individuals; individual += LANES) {
        int2 one = ((const int2 *)b.bests)[individual];
        if (is_before(one.x, one.y, individual, hard, soft, who)) hard = one.x, soft = one.y, who = individual;
    }
    EACH(u32 offset = LANES / 2; offset > 0; offset /= 2) {
        i32 other_hard = __shfl_xor_sync(ALL, hard, offset), other_soft = __shfl_xor_sync(ALL, soft, offset);
        u32 other = __shfl_xor_sync(ALL, who, offset);
        if (is_before(other_hard, other_soft, other, hard, soft, who)) hard = other_hard, soft = other_soft, who = other;
    }
    if (threadIdx.x == 0) {
        ((i32 *)b.found)[0] = hard;
        ((i32 *)b.found)[1] = soft;
        ((u32 *)b.found)[2] = who;
    }
}

// The kernels of a form. With `shared` a state is copied to shared memory, worked on there and copied back; without, it is worked
// on where it lies.
template <class F, bool shared> struct Kernels {
    typedef typename F::Problem Problem;

    static __device__ __forceinline__ u8 *begin(const Problem &p, u8 *state, bool is_filled) {
        extern __shared__ uint4 shared_state[];
        if (!shared) return state;
        if (is_filled) copy(shared_state, (const uint4 *)state, p.stride, threadIdx.x);
        __syncwarp();
        return (u8 *)shared_state;
    }

    static __device__ __forceinline__ void end(const Problem &p, u8 *state, const u8 *work) {
        if (!shared) return;
        __syncwarp();
        copy((uint4 *)state, (const uint4 *)work, p.stride, threadIdx.x);
    }

    static __device__ __forceinline__ void run_anneal(const Problem &p, const Anneal &a) {
        u8 *state = (u8 *)a.states + (u64)blockIdx.x * p.stride, *work = begin(p, state, true);
        anneal<F>(p, a, work, threadIdx.x, blockIdx.x);
        end(p, state, work);
    }

    static __device__ __forceinline__ void run_eval(const Problem &p, const Eval &e) {
        u8 *state = (u8 *)e.states + (u64)blockIdx.x * p.stride, *work = begin(p, state, false);
        eval<F>(p, e, work, threadIdx.x, blockIdx.x);
        end(p, state, work);
    }

    static __device__ __forceinline__ void run_cross(const Problem &p, const Cross &c) {
        u32 child = ((const u32 *)c.children)[blockIdx.x];
        u8 *state = (u8 *)c.states + (u64)child * p.stride, *work = begin(p, state, true);
        cross<F>(p, c, work, threadIdx.x, child);
        end(p, state, work);
    }
};

#define KERNELS_OF(FORM, SHARED, NAME)                                                                                              \
    KERNEL anneal_##NAME(const FORM::Problem p, const Anneal a) { Kernels<FORM, SHARED>::run_anneal(p, a); }                         \
    KERNEL eval_##NAME(const FORM::Problem p, const Eval e) { Kernels<FORM, SHARED>::run_eval(p, e); }                               \
    KERNEL cross_##NAME(const FORM::Problem p, const Cross c) { Kernels<FORM, SHARED>::run_cross(p, c); }                            \
    KERNEL lend_##NAME(const FORM::Problem p, const Lend l) { lend<FORM>(p, l); }                                                    \
    KERNEL gather_##NAME(const FORM::Problem p, const Gather g) { gather(p.stride, g); }                                             \
    KERNEL best_##NAME(const FORM::Problem, const Best b) { best(b); }
