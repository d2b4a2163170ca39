// Population annealing of timetables in the competition's form, on a device: what search/src/{philox,change,view,motion}.rs
// do, with the same numbers. One warp holds one individual; its lanes try the next 32 proposals of the chain at once, the
// first that is accepted is made, and those behind it are tried again. A proposal is a function of its counter, so that is
// the sequential chain, bit for bit.
//
// Integers only. The tables of the instance are read through the read-only cache; the state lies in shared memory while it
// is annealed (`narrow`), or, where an instance is too large for that, in the device's memory (`wide`).
//
// Compiled to the PTX beside it by kernels/compile.py.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int i32;

#define LANES 32
#define ALL 0xffffffffu
#define DEVICE static __device__ __forceinline__
#define KERNEL extern "C" __global__ void __launch_bounds__(LANES)

// The compiled instance: engine/cuda/problem.rs fills it in, field by field.
struct Problem {
    u64 tables;
    // Counts.
    u32 classes, courses, rooms, periods, days, slots, curricula;
    // Words of a row of bits: of the conflicts of a course, and of its curricula.
    u32 conflict_words, member_words;
    // Weights.
    i32 hard, day, isolated, room;
    // Bytes from the beginning of the tables.
    u32 class_course, first_class, period_starts, period_items, neighbour_starts, neighbour_items, curriculum_starts,
        curriculum_items, conflict_bits, member_bits, excess, forbidden, min_days, day_of, slot_of;
    // Where the lectures were before; no table where `has_homes` is zero.
    u32 homes, has_homes;
    // Bytes of a state, and of what lies before each of its parts but the first.
    u32 stride, at, blocked, cells, days_of, spread, rooms_of, counts;
};

// A course in a period of the timetable before (search/src/homes.rs).
struct Home {
    i32 period, room;
    u32 home;
};

// The types of a state that fits shared memory.
struct Narrow {
    typedef u16 Mask;
    typedef u16 At;
    typedef u8 Blocked;
    static const u32 OWN = 0x80;
    static const u32 ROOM_BITS = 8;
    static __device__ __forceinline__ u32 crowded(u16 mask) { return mask >> 15; }
    static __device__ __forceinline__ u16 flag() { return 0x8000; }
};

// The types of any other state.
struct Wide {
    typedef u64 Mask;
    typedef u32 At;
    typedef u16 Blocked;
    static const u32 OWN = 0x1000;
    static const u32 ROOM_BITS = 16;
    static __device__ __forceinline__ u32 crowded(u64 mask) { return (u32)(mask >> 63); }
    static __device__ __forceinline__ u64 flag() { return 1ull << 63; }
};

template <class T> DEVICE T table(const Problem &p, u32 offset, u32 index) {
    return __ldg((const T *)(p.tables + offset) + index);
}

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

// What leaving a slot adds to the number of isolated slots, by the five bits around it: LEAVING of search/src/change.rs, plus
// one, in two masks.
DEVICE i32 leaving(u32 bits) {
    const u32 LOW = 0xbb884488u, HIGH = 0x4444ff44u;
    return (i32)((LOW >> bits & 1) + 2 * (HIGH >> bits & 1)) - 1;
}

struct Change {
    i32 hard, soft;
};

// A state in motion: the parts of its bytes, and its totals, which every lane has.
template <class K> struct View {
    typename K::Mask *masks;
    typename K::At *at;
    typename K::Blocked *blocked;
    u16 *cells;
    u8 *days, *spread, *rooms, *counts;
    i32 hard, soft;

    __device__ __forceinline__ View(const Problem &p, u8 *bytes)
        : masks((typename K::Mask *)bytes), at((typename K::At *)(bytes + p.at)),
          blocked((typename K::Blocked *)(bytes + p.blocked)), cells((u16 *)(bytes + p.cells)), days(bytes + p.days_of),
          spread(bytes + p.spread), rooms(bytes + p.rooms_of), counts(bytes + p.counts), hard(0), soft(0) {}
};

// A period and a room.
struct Place {
    u32 period, room;
};

template <class K> DEVICE Place place_of(u32 at) {
    Place place = {at >> K::ROOM_BITS, at & ((1u << K::ROOM_BITS) - 1)};
    return place;
}

template <class K> DEVICE u32 packed(Place place) { return place.period << K::ROOM_BITS | place.room; }

// A place as the host spells it (search/src/spot.rs).
DEVICE Place unpacked(u32 spot) {
    Place place = {spot >> 16, spot & 0xffff};
    return place;
}

template <class K> DEVICE i32 room_change(const Problem &p, const View<K> &v, u32 course, u32 from, u32 to) {
    if (from == to) return 0;
    u32 row = course * p.rooms;
    i32 extra = (i32)(v.rooms[row + to] == 0) - (i32)(v.rooms[row + from] == 1);
    return table<i32>(p, p.excess, row + to) - table<i32>(p, p.excess, row + from) + extra * p.room;
}

DEVICE i32 away(const Problem &p, u32 course, Place place) {
    u32 entry = 3 * (course * p.periods + place.period);
    i32 period = table<i32>(p, p.homes, entry), room = table<i32>(p, p.homes, entry + 1);
    return period + (table<u32>(p, p.homes, entry + 2) == place.room ? 0 : room);
}

DEVICE i32 home_change(const Problem &p, u32 course, Place from, Place to) {
    return p.has_homes ? away(p, course, to) - away(p, course, from) : 0;
}

template <class K> DEVICE i32 day_change(const Problem &p, const View<K> &v, u32 course, u32 left, u32 entered) {
    if (left == entered) return 0;
    u32 row = course * p.days;
    i32 least = table<u8>(p, p.min_days, course), before = v.spread[course];
    i32 after = before + (i32)(v.days[row + entered] == 0) - (i32)(v.days[row + left] == 1);
    return (max(least - after, 0) - max(least - before, 0)) * p.day;
}

// Classes without a neighbour on a day, from the number in each slot; one is counted less in slot `less`, and one more in `more`.
DEVICE i32 isolation(const u8 *counts, u32 slots, u32 less, u32 more) {
    i32 sum = 0, before = 0, here = counts[0] - (less == 0) + (more == 0);
    for (u32 slot = 0; slot < slots; slot++) {
        u32 next = slot + 1;
        i32 behind = next < slots ? counts[next] - (less == next) + (more == next) : 0;
        if (before == 0 && behind == 0) sum += here;
        before = here;
        here = behind;
    }
    return sum;
}

#define NO_SLOT 0xffffffffu

template <class K> DEVICE i32 recounted_change(const Problem &p, const View<K> &v, u32 curriculum, u32 from, u32 to) {
    u32 left = table<u8>(p, p.day_of, from), entered = table<u8>(p, p.day_of, to);
    u32 from_slot = table<u8>(p, p.slot_of, from), to_slot = table<u8>(p, p.slot_of, to);
    const u8 *counts = v.counts + curriculum * p.periods;
    const u8 *of_left = counts + left * p.slots, *of_entered = counts + entered * p.slots;
    i32 sum = isolation(of_left, p.slots, from_slot, left == entered ? to_slot : NO_SLOT) -
              isolation(of_left, p.slots, NO_SLOT, NO_SLOT);
    if (left != entered) {
        sum += isolation(of_entered, p.slots, NO_SLOT, to_slot) - isolation(of_entered, p.slots, NO_SLOT, NO_SLOT);
    }
    return sum;
}

// Whether moving class `cls` to `target`, in exchange with the class there, is a legal step whose weighted change is at
// most `limit`; `change` is what it would change then.
template <class K>
DEVICE bool evaluate(const Problem &p, const View<K> &v, u32 cls, Place target, i32 limit, Change &change) {
    u32 course = table<u16>(p, p.class_course, cls);
    Place source = place_of<K>(v.at[cls]);
    u32 occupant = v.cells[target.period * p.rooms + target.room];
    bool exchange = occupant != 0;
    u32 partner = exchange ? table<u16>(p, p.class_course, occupant - 1) : course;
    if (exchange && partner == course) return false;
    i32 soft = room_change(p, v, course, source.room, target.room) + home_change(p, course, source, target);
    if (exchange) {
        soft += room_change(p, v, partner, target.room, source.room) + home_change(p, partner, target, source);
    }
    u32 from = source.period, to = target.period;
    change.hard = 0;
    change.soft = soft;
    if (from == to) return soft <= limit;
    i32 there = v.blocked[to * p.courses + course], here = v.blocked[from * p.courses + course];
    if (there >= (i32)K::OWN) return false;
    i32 hard = there - (here - (i32)K::OWN);
    bool coupled = false;
    if (exchange) {
        i32 mine = v.blocked[from * p.courses + partner], theirs = v.blocked[to * p.courses + partner];
        if (mine >= (i32)K::OWN) return false;
        coupled = table<u32>(p, p.conflict_bits, course * p.conflict_words + partner / 32) >> (partner % 32) & 1;
        hard += mine - 2 * (i32)coupled - (theirs - (i32)K::OWN);
    }
    u32 begin = table<u32>(p, p.curriculum_starts, course), own = table<u32>(p, p.curriculum_starts, course + 1) - begin;
    u32 other_begin = 0, all = own;
    u32 left = table<u8>(p, p.day_of, from), entered = table<u8>(p, p.day_of, to);
    soft += day_change(p, v, course, left, entered);
    if (exchange) {
        soft += day_change(p, v, partner, entered, left);
        other_begin = table<u32>(p, p.curriculum_starts, partner);
        all += table<u32>(p, p.curriculum_starts, partner + 1) - other_begin;
    }
    // The most that compactness can gain: GAIN_PER_CURRICULUM of search/src/change.rs.
    i32 known = hard * p.hard + soft, bound = 3 * p.isolated * (i32)all;
    if (known - bound > limit) return false;
    bool exact = v.hard != 0 || hard != 0;
    u32 from_slot = table<u8>(p, p.slot_of, from), to_slot = table<u8>(p, p.slot_of, to);
    i32 isolated = 0;
    for (u32 index = 0; index < all; index++) {
        bool is_own = index < own;
        u32 entry = is_own ? begin + index : other_begin + (index - own);
        u32 curriculum = table<u16>(p, p.curriculum_items, entry);
        if (coupled) {
            u32 other = is_own ? partner : course;
            if (table<u32>(p, p.member_bits, other * p.member_words + curriculum / 32) >> (curriculum % 32) & 1) continue;
        }
        const typename K::Mask *row = v.masks + curriculum * p.days;
        // The partner goes the other way.
        u32 leave_slot = is_own ? from_slot : to_slot, enter_slot = is_own ? to_slot : from_slot;
        typename K::Mask leave = row[is_own ? left : entered], enter = row[is_own ? entered : left];
        bool meets = K::crowded(leave) | K::crowded(enter) | (u32)(enter >> (enter_slot + 2) & 1);
        if (exact && meets) {
            isolated += recounted_change(p, v, curriculum, is_own ? from : to, is_own ? to : from);
            continue;
        }
        typename K::Mask taken = left == entered ? (typename K::Mask)((typename K::Mask)4 << leave_slot) : 0;
        isolated += leaving((u32)(leave >> leave_slot) & 31) - leaving((u32)((enter ^ taken) >> enter_slot) & 31);
    }
    soft += isolated * p.isolated;
    change.hard = hard;
    change.soft = soft;
    return hard * p.hard + soft <= limit;
}

// Moves a class of `course` in the counters from one period to another; the whole warp has a part in it.
template <class K> DEVICE void shift(const Problem &p, View<K> &v, u32 lane, u32 course, u32 from, u32 to) {
    u32 begin = table<u32>(p, p.neighbour_starts, course), end = table<u32>(p, p.neighbour_starts, course + 1);
    typename K::Blocked *of_from = v.blocked + from * p.courses, *of_to = v.blocked + to * p.courses;
    for (u32 entry = begin + lane; entry < end; entry += LANES) {
        u32 other = table<u16>(p, p.neighbour_items, entry);
        of_from[other]--;
        of_to[other]++;
    }
    u32 left = table<u8>(p, p.day_of, from), entered = table<u8>(p, p.day_of, to);
    if (lane == 0) {
        of_from[course] -= K::OWN;
        of_to[course] += K::OWN;
        u8 *days = v.days + course * p.days;
        u8 gone = --days[left], come = ++days[entered];
        v.spread[course] += (come == 1) - (gone == 0);
    }
    begin = table<u32>(p, p.curriculum_starts, course), end = table<u32>(p, p.curriculum_starts, course + 1);
    u32 from_slot = table<u8>(p, p.slot_of, from), to_slot = table<u8>(p, p.slot_of, to);
    for (u32 entry = begin + lane; entry < end; entry += LANES) {
        u32 curriculum = table<u16>(p, p.curriculum_items, entry);
        u8 *counts = v.counts + curriculum * p.periods;
        typename K::Mask *masks = v.masks + curriculum * p.days;
        u32 gone = --counts[from], come = ++counts[to];
        if (gone == 0) masks[left] &= (typename K::Mask)~((typename K::Mask)4 << from_slot);
        if (come == 1) masks[entered] |= (typename K::Mask)((typename K::Mask)4 << to_slot);
        if (gone >= 1 || come >= 2) {
            for (u32 side = 0; side < 2; side++) {
                u32 day = side == 0 ? left : entered;
                bool crowded = false;
                for (u32 slot = 0; slot < p.slots; slot++) crowded |= counts[day * p.slots + slot] > 1;
                masks[day] = (typename K::Mask)((masks[day] & (typename K::Mask)~K::flag()) | (crowded ? K::flag() : 0));
            }
        }
    }
    __syncwarp();
}

// Makes the step that `evaluate` spoke of.
template <class K> DEVICE void apply(const Problem &p, View<K> &v, u32 lane, u32 cls, Place target, Change change) {
    u32 course = table<u16>(p, p.class_course, cls);
    Place source = place_of<K>(v.at[cls]);
    u32 cell = target.period * p.rooms + target.room;
    u32 occupant = v.cells[cell];
    u32 partner = occupant ? table<u16>(p, p.class_course, occupant - 1) : 0;
    __syncwarp();
    if (lane == 0) {
        v.cells[source.period * p.rooms + source.room] = (u16)occupant;
        v.cells[cell] = (u16)(cls + 1);
        v.at[cls] = (typename K::At)packed<K>(target);
        v.rooms[course * p.rooms + source.room]--;
        v.rooms[course * p.rooms + target.room]++;
        if (occupant) {
            v.at[occupant - 1] = (typename K::At)packed<K>(source);
            v.rooms[partner * p.rooms + target.room]--;
            v.rooms[partner * p.rooms + source.room]++;
        }
    }
    __syncwarp();
    if (source.period != target.period) {
        shift(p, v, lane, course, source.period, target.period);
        if (occupant) shift(p, v, lane, partner, target.period, source.period);
    }
    v.hard += change.hard;
    v.soft += change.soft;
}

DEVICE void copy(uint4 *to, const uint4 *from, u32 bytes, u32 lane) {
    for (u32 index = lane; index < bytes / 16; index += LANES) to[index] = from[index];
}

// Where a state is worked on: in shared memory, into which it is copied and out of which it is copied again, or where it lies.
struct Shared {
    static __device__ __forceinline__ u8 *begin(u8 *state, u32 bytes, u32 lane) {
        extern __shared__ uint4 shared_state[];
        copy(shared_state, (const uint4 *)state, bytes, lane);
        __syncwarp();
        return (u8 *)shared_state;
    }
    static __device__ __forceinline__ u8 *blank() {
        extern __shared__ uint4 shared_state[];
        return (u8 *)shared_state;
    }
    static __device__ __forceinline__ void end(u8 *state, const u8 *work, u32 bytes, u32 lane) {
        __syncwarp();
        copy((uint4 *)state, (const uint4 *)work, bytes, lane);
    }
};

template <class K> DEVICE void remember(const Problem &p, const View<K> &v, u32 lane, i32 &hard, i32 &soft, u32 *spots) {
    if (v.hard > hard || (v.hard == hard && v.soft >= soft)) return;
    hard = v.hard;
    soft = v.soft;
    for (u32 cls = lane; cls < p.classes; cls += LANES) {
        Place place = place_of<K>(v.at[cls]);
        spots[cls] = place.period << 16 | place.room;
    }
}

// What a launch of `anneal` works with; one row, or one number, for each individual.
struct Anneal {
    u64 states, costs, bests, best_spots, counters, accepted, limits;
    u64 seed, proposals;
};

template <class K> DEVICE void anneal(const Problem &p, const Anneal &a, u8 *work, u32 lane, u32 individual) {
    View<K> v(p, work);
    int2 cost = ((const int2 *)a.costs)[individual], best = ((const int2 *)a.bests)[individual];
    u64 counter = ((const u64 *)a.counters)[individual];
    u32 *best_spots = (u32 *)a.best_spots + (u64)individual * p.classes;
    v.hard = cost.x;
    v.soft = cost.y;
    remember(p, v, lane, best.x, best.y, best_spots);
    u32 done = 0, accepted = 0;
    while (done < a.proposals) {
        u32 ahead = done + lane;
        uint4 words = random_block(a.seed, individual, counter + ahead);
        u32 cls = below(words.x, p.classes);
        u32 course = table<u16>(p, p.class_course, cls);
        u32 begin = table<u32>(p, p.period_starts, course), open = table<u32>(p, p.period_starts, course + 1) - begin;
        Place target = {0, below(words.w, p.rooms)};
        Change change = {0, 0};
        bool passes = false;
        if (ahead < a.proposals && open > 0) {
            target.period = table<u16>(p, p.period_items, begin + below(words.y, open));
            i32 limit = __ldg((const i32 *)a.limits + (words.z >> 20));
            passes = evaluate(p, v, cls, target, limit, change);
        }
        u32 ballot = __ballot_sync(ALL, passes);
        if (ballot == 0) {
            done += LANES;
            continue;
        }
        u32 first = __ffs(ballot) - 1;
        cls = __shfl_sync(ALL, cls, first);
        target.period = __shfl_sync(ALL, target.period, first);
        target.room = __shfl_sync(ALL, target.room, first);
        change.hard = __shfl_sync(ALL, change.hard, first);
        change.soft = __shfl_sync(ALL, change.soft, first);
        apply(p, v, lane, cls, target, change);
        done += first + 1;
        accepted++;
        __syncwarp();
        remember(p, v, lane, best.x, best.y, best_spots);
    }
    if (lane == 0) {
        ((int2 *)a.costs)[individual] = make_int2(v.hard, v.soft);
        ((int2 *)a.bests)[individual] = best;
        ((u64 *)a.counters)[individual] = counter + a.proposals;
        ((u32 *)a.accepted)[individual] = accepted;
    }
}

KERNEL anneal_narrow(const Problem p, const Anneal a) {
    u32 lane = threadIdx.x, individual = blockIdx.x;
    u8 *state = (u8 *)a.states + (u64)individual * p.stride;
    u8 *work = Shared::begin(state, p.stride, lane);
    anneal<Narrow>(p, a, work, lane, individual);
    Shared::end(state, work, p.stride, lane);
}

KERNEL anneal_wide(const Problem p, const Anneal a) {
    u32 lane = threadIdx.x, individual = blockIdx.x;
    anneal<Wide>(p, a, (u8 *)a.states + (u64)individual * p.stride, lane, individual);
}

DEVICE i32 sum_of(i32 value) {
    for (u32 offset = LANES / 2; offset > 0; offset /= 2) value += __shfl_xor_sync(ALL, value, offset);
    return value;
}

// Fills an empty state and counts its totals, from where its classes are: `fill` of search/src/view.rs.
template <class K> DEVICE void fill(const Problem &p, View<K> &v, u8 *work, u32 lane, const u32 *spots) {
    for (u32 index = lane; index < p.stride / 16; index += LANES) ((uint4 *)work)[index] = make_uint4(0, 0, 0, 0);
    __syncwarp();
    for (u32 index = lane; index < p.periods * p.courses; index += LANES) {
        v.blocked[index] = table<u8>(p, p.forbidden, index);
    }
    __syncwarp();
    for (u32 cls = 0; cls < p.classes; cls++) {
        u32 course = table<u16>(p, p.class_course, cls);
        Place place = unpacked(spots[cls]);
        typename K::Blocked *row = v.blocked + place.period * p.courses;
        u32 begin = table<u32>(p, p.neighbour_starts, course), end = table<u32>(p, p.neighbour_starts, course + 1);
        for (u32 entry = begin + lane; entry < end; entry += LANES) row[table<u16>(p, p.neighbour_items, entry)]++;
        begin = table<u32>(p, p.curriculum_starts, course), end = table<u32>(p, p.curriculum_starts, course + 1);
        for (u32 entry = begin + lane; entry < end; entry += LANES) {
            v.counts[table<u16>(p, p.curriculum_items, entry) * p.periods + place.period]++;
        }
        if (lane == 0) {
            row[course] += K::OWN;
            v.at[cls] = (typename K::At)packed<K>(place);
            v.cells[place.period * p.rooms + place.room] = (u16)(cls + 1);
            v.days[course * p.days + table<u8>(p, p.day_of, place.period)]++;
            v.rooms[course * p.rooms + place.room]++;
        }
        __syncwarp();
    }
    i32 forbidden = 0, violations = 0, soft = 0, isolated = 0;
    for (u32 cls = lane; cls < p.classes; cls += LANES) {
        u32 course = table<u16>(p, p.class_course, cls);
        Place place = place_of<K>(v.at[cls]);
        u32 index = place.period * p.courses + course;
        forbidden += table<u8>(p, p.forbidden, index);
        violations += v.blocked[index] - K::OWN;
        soft += table<i32>(p, p.excess, course * p.rooms + place.room) + (p.has_homes ? away(p, course, place) : 0);
    }
    for (u32 course = lane; course < p.courses; course += LANES) {
        i32 spread = 0, rooms = 0, least = table<u8>(p, p.min_days, course);
        for (u32 day = 0; day < p.days; day++) spread += v.days[course * p.days + day] > 0;
        for (u32 room = 0; room < p.rooms; room++) rooms += v.rooms[course * p.rooms + room] > 0;
        v.spread[course] = (u8)spread;
        soft += max(least - spread, 0) * p.day + max(rooms - 1, 0) * p.room;
    }
    for (u32 index = lane; index < p.curricula * p.days; index += LANES) {
        const u8 *counts = v.counts + (index / p.days) * p.periods + (index % p.days) * p.slots;
        typename K::Mask mask = 0;
        for (u32 slot = 0; slot < p.slots; slot++) {
            if (counts[slot] > 0) mask |= (typename K::Mask)((typename K::Mask)4 << slot);
            if (counts[slot] > 1) mask |= K::flag();
        }
        v.masks[index] = mask;
        isolated += isolation(counts, p.slots, NO_SLOT, NO_SLOT);
    }
    forbidden = sum_of(forbidden);
    v.hard = forbidden + (sum_of(violations) - forbidden) / 2;
    v.soft = sum_of(soft) + sum_of(isolated) * p.isolated;
    __syncwarp();
}

// What a launch of `eval` works with. Individual i gets the row `i * rows` of the places: `rows` is 1, or 0 where all are the same.
struct Eval {
    u64 states, costs, spots, rows;
};

template <class K> DEVICE void eval(const Problem &p, const Eval &e, u8 *work, u32 lane, u32 individual) {
    View<K> v(p, work);
    fill(p, v, work, lane, (const u32 *)e.spots + (u64)individual * e.rows * p.classes);
    if (lane == 0) ((int2 *)e.costs)[individual] = make_int2(v.hard, v.soft);
}

KERNEL eval_narrow(const Problem p, const Eval e) {
    u8 *work = Shared::blank();
    eval<Narrow>(p, e, work, threadIdx.x, blockIdx.x);
    Shared::end((u8 *)e.states + (u64)blockIdx.x * p.stride, work, p.stride, threadIdx.x);
}

KERNEL eval_wide(const Problem p, const Eval e) {
    eval<Wide>(p, e, (u8 *)e.states + (u64)blockIdx.x * p.stride, threadIdx.x, blockIdx.x);
}

// What a launch of `cross` works with: child i adopts the courses from starts[i] to starts[i + 1] of the list from row i of the
// places.
struct Cross {
    u64 states, costs, spots, children, starts, courses;
};

template <class K> DEVICE void cross(const Problem &p, const Cross &c, u8 *work, u32 lane, u32 child) {
    View<K> v(p, work);
    int2 cost = ((const int2 *)c.costs)[child];
    v.hard = cost.x;
    v.soft = cost.y;
    const u32 *lent = (const u32 *)c.spots + (u64)blockIdx.x * p.classes;
    u32 begin = ((const u32 *)c.starts)[blockIdx.x], end = ((const u32 *)c.starts)[blockIdx.x + 1];
    for (u32 entry = begin; entry < end; entry++) {
        u32 course = ((const u32 *)c.courses)[entry];
        u32 first = table<u16>(p, p.first_class, course), behind = table<u16>(p, p.first_class, course + 1);
        for (u32 cls = first; cls < behind; cls++) {
            Place target = unpacked(lent[cls]);
            Change change;
            bool is_there = v.at[cls] == (typename K::At)packed<K>(target);
            // Every lane comes to the same answer.
            if (!is_there && evaluate(p, v, cls, target, 0x7fffffff, change)) apply(p, v, lane, cls, target, change);
            __syncwarp();
        }
    }
    if (lane == 0) ((int2 *)c.costs)[child] = make_int2(v.hard, v.soft);
}

KERNEL cross_narrow(const Problem p, const Cross c) {
    u32 child = ((const u32 *)c.children)[blockIdx.x];
    u8 *state = (u8 *)c.states + (u64)child * p.stride;
    u8 *work = Shared::begin(state, p.stride, threadIdx.x);
    cross<Narrow>(p, c, work, threadIdx.x, child);
    Shared::end(state, work, p.stride, threadIdx.x);
}

KERNEL cross_wide(const Problem p, const Cross c) {
    u32 child = ((const u32 *)c.children)[blockIdx.x];
    cross<Wide>(p, c, (u8 *)c.states + (u64)child * p.stride, threadIdx.x, child);
}

// What a launch of `lend` works with: it writes where the classes of individual sources[i] are into row i of the places.
struct Lend {
    u64 states, sources, spots;
};

template <class K> DEVICE void lend(const Problem &p, const Lend &l) {
    const u8 *state = (const u8 *)l.states + (u64)((const u32 *)l.sources)[blockIdx.x] * p.stride;
    const typename K::At *at = (const typename K::At *)(state + p.at);
    u32 *row = (u32 *)l.spots + (u64)blockIdx.x * p.classes;
    for (u32 cls = threadIdx.x; cls < p.classes; cls += LANES) {
        Place place = place_of<K>(at[cls]);
        row[cls] = place.period << 16 | place.room;
    }
}

KERNEL lend_narrow(const Problem p, const Lend l) { lend<Narrow>(p, l); }

KERNEL lend_wide(const Problem p, const Lend l) { lend<Wide>(p, l); }

// What a launch of `gather` works with: individual places[i] becomes a copy of individual sources[i], which is none of the
// places.
struct Gather {
    u64 states, costs, places, sources;
};

KERNEL gather(const Problem p, const Gather g) {
    u32 place = ((const u32 *)g.places)[blockIdx.x], source = ((const u32 *)g.sources)[blockIdx.x];
    u8 *states = (u8 *)g.states;
    copy((uint4 *)(states + (u64)place * p.stride), (const uint4 *)(states + (u64)source * p.stride), p.stride, threadIdx.x);
    if (threadIdx.x == 0) ((int2 *)g.costs)[place] = ((const int2 *)g.costs)[source];
}

// What a launch of `best` works with: it finds the least of the bests and, of several, the first: hard violations, soft cost,
// individual.
struct Best {
    u64 bests, found, individuals;
};

KERNEL best(const Problem p, const Best b) {
    i32 hard = 0x7fffffff, soft = 0x7fffffff;
    u32 who = 0xffffffff;
    for (u32 individual = threadIdx.x; individual < b.individuals; individual += LANES) {
        int2 one = ((const int2 *)b.bests)[individual];
        if (one.x < hard || (one.x == hard && one.y < soft)) hard = one.x, soft = one.y, who = individual;
    }
    for (u32 offset = LANES / 2; offset > 0; offset /= 2) {
        i32 other_hard = __shfl_xor_sync(ALL, hard, offset), other_soft = __shfl_xor_sync(ALL, soft, offset);
        u32 other = __shfl_xor_sync(ALL, who, offset);
        bool is_less = other_hard < hard || (other_hard == hard && other_soft < soft);
        bool is_equal = other_hard == hard && other_soft == soft;
        if (is_less || (is_equal && other < who)) hard = other_hard, soft = other_soft, who = other;
    }
    if (threadIdx.x == 0) {
        ((i32 *)b.found)[0] = hard;
        ((i32 *)b.found)[1] = soft;
        ((u32 *)b.found)[2] = who;
    }
}
