// A timetable of the competition's form and what a relocation would change: search/src/{view,change}.rs with the same numbers.

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
    // For each course and period what a lecture pays there, what it pays for any room but one, and that room
    // (search/src/homes.rs); no table where `has_homes` is zero.
    u32 homes, has_homes;
    // Bytes of a state, and of what lies before each of its parts but the first.
    u32 stride, at, blocked, cells, days_of, spread, rooms_of, counts;
};

// The types of a state, and of the tables that are read most, of an instance that fits them.
struct Narrow {
    typedef u16 Mask;
    typedef u16 At;
    typedef u8 Blocked;
    typedef u16 Excess;
    typedef u8 Period;
    static const u32 OWN = 0x80;
    static const u32 ROOM_BITS = 8;
    static __device__ __forceinline__ u32 crowded(u16 mask) { return mask >> 15; }
    static __device__ __forceinline__ u16 flag() { return 0x8000; }
};

// The types of any other.
struct Wide {
    typedef u32 Mask;
    typedef u32 At;
    typedef u16 Blocked;
    typedef u32 Excess;
    typedef u16 Period;
    static const u32 OWN = 0x1000;
    static const u32 ROOM_BITS = 16;
    static __device__ __forceinline__ u32 crowded(u32 mask) { return mask >> 31; }
    static __device__ __forceinline__ u32 flag() { return 1u << 31; }
};

// What leaving a slot adds to the number of isolated slots, by the five bits around it: LEAVING of search/src/change.rs, plus
// one, in two masks.
DEVICE i32 leaving(u32 bits) {
    const u32 LOW = 0xbb884488u, HIGH = 0x4444ff44u;
    return (i32)((LOW >> bits & 1) + 2 * (HIGH >> bits & 1)) - 1;
}

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

template <class K> DEVICE Place place_of(u32 at) {
    Place place = {at >> K::ROOM_BITS, at & ((1u << K::ROOM_BITS) - 1)};
    return place;
}

template <class K> DEVICE u32 packed(Place place) { return place.period << K::ROOM_BITS | place.room; }

template <class K> DEVICE i32 room_change(const Problem &p, const View<K> &v, u32 course, u32 from, u32 to) {
    if (from == to) return 0;
    u32 row = course * p.rooms;
    i32 extra = (i32)(v.rooms[row + to] == 0) - (i32)(v.rooms[row + from] == 1);
    typedef typename K::Excess Excess;
    return (i32)table<Excess>(p, p.excess, row + to) - (i32)table<Excess>(p, p.excess, row + from) + extra * p.room;
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
    EACH(u32 slot = 0; slot < slots; slot++) {
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

// Whether moving class `cls` of `course` to `target`, in exchange with the class there, is a legal step whose weighted change is at
// most `limit`; `change` is what it would change then.
template <class K>
DEVICE bool evaluate(const Problem &p, const View<K> &v, u32 cls, u32 course, Place target, i32 limit, Change &change) {
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
    EACH(u32 index = 0; index < all; index++) {
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

