// A timetable of a campus and what a move would change: search/src/campus/evaluate.rs with the same numbers.

// The compiled campus: engine/cuda/campus.rs fills it in, field by field.
struct Problem {
    u64 tables;
    // Counts; words of a row of room bits; whether students have a price.
    u32 classes, movable, periods, days, slots, room_words, has_soft;
    // Weights, and what a timetable without any class costs.
    i32 hard, min_days, isolated, rooms;
    u32 seats;
    i32 empty;
    // Bytes from the beginning of the tables. Classes with equal starts share a row of them, and so it is with room classes.
    u32 class_course, first_class, movable_items, start_row, start_starts, start_items, room_row, room_starts, room_items, room_bits,
        lengths, sizes, arc_starts, arc_items, arc_softs, own, start_prices, available, unwelcome, seats_of, max_per_day, least_days,
        limited_starts, limited_items, limits, group_starts, group_items, pair_starts, pair_items, rule_gain, soft_gain, day_of;
    // For each course and period what a class pays for any room class but one, and that room class (search/src/homes.rs); zero
    // where there was no timetable before.
    u32 homes;
    // Bytes of a state, and of what lies before each of its parts but the first.
    u32 stride, masks, load, load_soft, at, held, taught, busy;
};

// The types of a state, and of the largest table, of a campus that fits them.
struct Narrow {
    typedef u16 Mask;
    typedef u32 Word;
    typedef u16 At;
    typedef u16 Load;
    typedef u16 Price;
    static const u32 ROOM_BITS = 8;
    static __device__ __forceinline__ i32 ones(u32 word) { return __popc(word); }
};

// The types of any other.
struct Wide {
    typedef u64 Mask;
    typedef u64 Word;
    typedef u32 At;
    typedef i32 Load;
    typedef u32 Price;
    static const u32 ROOM_BITS = 16;
    static __device__ __forceinline__ i32 ones(u64 word) { return __popcll(word); }
};

// A state in motion: the parts of its bytes (search/src/campus/state.rs), and its totals, which every lane has.
template <class K> struct View {
    const Problem &p;
    u8 *bytes;
    i32 hard, soft;

    typedef typename K::Load Load;
    __device__ __forceinline__ View(const Problem &p, u8 *bytes) : p(p), bytes(bytes), hard(0), soft(0) {}
    __device__ __forceinline__ i32 *other() const { return (i32 *)bytes; }
    __device__ __forceinline__ typename K::Mask *masks() const { return (typename K::Mask *)(bytes + p.masks); }
    __device__ __forceinline__ Load *load() const { return (Load *)(bytes + p.load); }
    __device__ __forceinline__ Load *load_soft() const { return (Load *)(bytes + p.load_soft); }
    __device__ __forceinline__ typename K::At *at() const { return (typename K::At *)(bytes + p.at); }
    __device__ __forceinline__ u16 *held() const { return (u16 *)(bytes + p.held); }
    __device__ __forceinline__ u16 *taught() const { return (u16 *)(bytes + p.taught); }
    __device__ __forceinline__ u8 *busy() const { return bytes + p.busy; }
};

// Period and room of a class that is in no timetable.
#define NO_PLACE 0xffffu

DEVICE bool is_somewhere(Place place) { return place.period != NO_PLACE; }

template <class K> DEVICE Place place_of(u32 at) {
    Place place = {at >> K::ROOM_BITS, at & ((1u << K::ROOM_BITS) - 1)};
    if (at == (typename K::At)0xffffffffu) place.period = place.room = NO_PLACE;
    return place;
}

template <class K> DEVICE typename K::At packed(Place place) { return (typename K::At)(place.period << K::ROOM_BITS | place.room); }

DEVICE u32 day_of(const Problem &p, u32 period) { return table<u8>(p, p.day_of, period); }

template <class K> DEVICE i32 people(const Problem &p, const View<K> &v, u32 course, u32 length, u32 start) {
    const typename K::Load *row = v.load() + course * p.periods + start;
    i32 sum = 0;
    EACH(u32 index = 0; index < length; index++) sum += row[index];
    return sum;
}

template <class K> DEVICE Change in_periods(const Problem &p, const View<K> &v, u32 course, u32 length, u32 start) {
    typedef typename K::Price Price;
    // The highest bit says that the course must not start there.
    const u32 BITS = 8 * sizeof(Price) - 1;
    u32 price = table<Price>(p, p.start_prices, course * p.periods + start);
    Change found = {(i32)(price >> BITS) + people(p, v, course, length, start), (i32)(price & ((1u << BITS) - 1))};
    if (p.has_soft) {
        const typename K::Load *row = v.load_soft() + course * p.periods + start;
        EACH(u32 index = 0; index < length; index++) found.soft += row[index];
    }
    return found;
}

template <class K> DEVICE i32 overfull(const Problem &p, const View<K> &v, u32 length, Place spot, Place counted) {
    i32 sum = 0;
    EACH(u32 period = spot.period; period < spot.period + length; period++) {
        u32 row = spot.room * p.periods + period;
        u32 is_own = counted.room == spot.room && period - counted.period < length;
        sum += v.held()[row] - is_own >= table<u16>(p, p.available, row);
    }
    return sum;
}

template <class K>
DEVICE i32 overload(const Problem &p, const View<K> &v, u32 course, i32 length, u32 day, bool is_counted) {
    u32 begin = table<u32>(p, p.limited_starts, course), end = table<u32>(p, p.limited_starts, course + 1);
    i32 sum = 0;
    EACH(u32 entry = begin; entry < end; entry++) {
        u32 teacher = table<u16>(p, p.limited_items, entry);
        i32 most = table<u16>(p, p.limits, teacher), others = v.taught()[teacher * p.days + day] - (is_counted ? length : 0);
        sum += max(others + length - most, 0) - max(others - most, 0);
    }
    return sum;
}

// Runs of busy slots in which just one meeting starts. The first slot of a run is a start; what is added there is carried up to the
// run's next start, or out of the run, and then it has no other.
template <class K> DEVICE i32 alone(typename K::Word busy, typename K::Word starts) {
    typename K::Word first = busy & ~(busy << 1), inner = starts & ~first;
    return K::ones(((busy & ~inner) + first) & ~busy);
}

template <class K>
DEVICE i32 more_alone(const Problem &p, const View<K> &v, u32 course, u32 length, u32 start, u32 day, u32 counted, bool is_counted) {
    typedef typename K::Word Word;
    u32 begin = table<u32>(p, p.group_starts, course), end = table<u32>(p, p.group_starts, course + 1);
    u32 slot = start - day * p.slots;
    Word run = ((Word)~(Word)0 >> (8 * sizeof(Word) - length)) << slot;
    i32 sum = 0;
    EACH(u32 entry = begin; entry < end; entry++) {
        u32 group = table<u16>(p, p.group_items, entry);
        const typename K::Mask *masks = v.masks() + (group * p.days + day) * 2;
        Word busy = masks[0], starts = masks[1];
        if (is_counted) {
            const u8 *counts = v.busy() + (group * p.periods + counted) * 2;
            Word bit = (Word)1 << (counted - day * p.slots);
            if (counts[1] == 1) starts &= ~bit;
            EACH(u32 index = 0; index < length; index++, bit <<= 1) {
                if (counts[2 * index] == 1) busy &= ~bit;
            }
        }
        sum += alone<K>(busy | run, starts | (Word)1 << slot) - alone<K>(busy, starts);
    }
    return sum;
}

DEVICE i32 room_price(const Problem &p, u32 course, u32 length, Place spot) {
    u32 row = spot.room * p.periods + spot.period;
    i32 price = 0;
    EACH(u32 index = 0; index < length; index++) price += table<u16>(p, p.unwelcome, row + index);
    if (p.seats) {
        u32 half = table<u32>(p, p.seats_of, spot.room) / 2, size = table<u32>(p, p.sizes, course);
        price += (i32)((half > size ? half - size : 0) * p.seats);
    }
    if (p.homes) {
        uint2 home = table<uint2>(p, p.homes, course * p.periods + spot.period);
        price += home.y == spot.room ? 0 : (i32)home.x;
    }
    return price;
}

// What a class costs at `spot` for its room's comfort and for groups. `counted` is where it is counted now.
template <class K> DEVICE i32 comfort(const Problem &p, const View<K> &v, u32 course, u32 length, Place spot, Place counted) {
    u32 day = day_of(p, spot.period);
    bool is_counted = is_somewhere(counted) && day_of(p, counted.period) == day;
    return room_price(p, course, length, spot) +
           more_alone(p, v, course, length, spot.period, day, counted.period, is_counted) * p.isolated;
}

// Everything but that, what it finds in its periods, and rules.
template <class K>
DEVICE Change beside(const Problem &p, const View<K> &v, u32 cls, u32 course, u32 length, Place spot, Place counted) {
    typedef typename K::Word Word;
    u32 day = day_of(p, spot.period);
    bool is_counted = is_somewhere(counted) && day_of(p, counted.period) == day;
    Change price;
    price.hard = overfull(p, v, length, spot, counted) + overload(p, v, course, (i32)length, day, is_counted);
    u32 same_day = 0, common = 0;
    Word days = 0;
    bool same_room = false, are_any = false;
    u32 first = table<u32>(p, p.first_class, course), behind = table<u32>(p, p.first_class, course + 1);
    EACH(u32 sibling = first; sibling < behind; sibling++) {
        Place other = place_of<K>(v.at()[sibling]);
        if (sibling == cls || !is_somewhere(other)) continue;
        u32 other_day = day_of(p, other.period);
        are_any = true;
        same_room |= other.room == spot.room;
        days |= (Word)1 << other_day;
        if (other_day == day) {
            u32 between = other.period < spot.period ? spot.period - other.period : other.period - spot.period;
            same_day++;
            common += length > between ? length - between : 0;
        }
    }
    u32 own = table<u32>(p, p.own, course);
    price.hard += (i32)(common * (own & 0xffff)) + (i32)(same_day >= table<u16>(p, p.max_per_day, course));
    price.soft = (i32)(common * (own >> 16));
    if (are_any && !same_room) price.soft += p.rooms;
    if (same_day == 0 && K::ones(days) < (i32)table<u16>(p, p.least_days, course)) price.soft -= p.min_days;
    return price;
}
