// What all kernels are written in: types, random numbers, and what the lanes of a warp do together.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;

#define LANES 32
#define ALL 0xffffffffu
#define DEVICE static __device__ __forceinline__
// Loops are short, or go over a whole timetable: copies of their bodies would only push the code out of its cache.
#define EACH _Pragma("unroll 1") for

DEVICE u32 below(u32 word, u32 bound) { return __umulhi(word, bound); }

// Philox4x32-7 (search/src/philox.rs).
DEVICE uint4 random_block(u64 seed, u32 stream, u64 counter) {
    u32 x0 = (u32)counter, x1 = (u32)(counter >> 32), x2 = stream, x3 = 0;
    u32 k0 = (u32)seed, k1 = (u32)(seed >> 32);
#pragma unroll
    for (int round = 0; round < 7; round++) {
        u32 high0 = __umulhi(0xD2511F53u, x0), low0 = 0xD2511F53u * x0;
        u32 high1 = __umulhi(0xCD9E8D57u, x2), low1 = 0xCD9E8D57u * x2;
        x0 = high1 ^ x1 ^ k0;
        x1 = low1;
        x2 = high0 ^ x3 ^ k1;
        x3 = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return make_uint4(x0, x1, x2, x3);
}

DEVICE i32 sum_of(i32 value) {
    for (u32 offset = LANES / 2; offset > 0; offset /= 2) value += __shfl_xor_sync(ALL, value, offset);
    return value;
}

DEVICE void copy(uint4 *to, const uint4 *from, u32 bytes, u32 lane) {
    EACH(u32 index = lane; index < bytes / 16; index += LANES) to[index] = from[index];
}

DEVICE void clear(uint4 *to, u32 bytes, u32 lane) {
    EACH(u32 index = lane; index < bytes / 16; index += LANES) to[index] = make_uint4(0, 0, 0, 0);
}

// A period and a room, as the host spells them in a spot (search/src/spot.rs).
struct Place {
    u32 period, room;
};

DEVICE Place unpacked(u32 spot) {
    Place place = {spot >> 16, spot & 0xffff};
    return place;
}

DEVICE u32 spelled(Place place) { return place.period << 16 | place.room; }

// An item of one of the tables of an instance.
template <class T, class P> DEVICE T table(const P &p, u32 offset, u32 index) { return __ldg((const T *)(p.tables + offset) + index); }

struct Change {
    i32 hard, soft;
};

// A class moved, and what that changes.
struct Step {
    u32 cls;
    Place target;
    Change change;
};

// The step of one lane, told to all.
DEVICE Step told_by(u32 lane, const Step &step) {
    Step told;
    told.cls = __shfl_sync(ALL, step.cls, lane);
    told.target.period = __shfl_sync(ALL, step.target.period, lane);
    told.target.room = __shfl_sync(ALL, step.target.room, lane);
    told.change.hard = __shfl_sync(ALL, step.change.hard, lane);
    told.change.soft = __shfl_sync(ALL, step.change.soft, lane);
    return told;
}
