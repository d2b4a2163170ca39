// What rules between courses cost (search/src/campus/rules.rs), and with them what a move of a class does.

// The numbers of `Relation`.
#define SAME_TIME 0
#define SAME_DAY 2
#define NOT_SAME_DAY 3
#define SAME_ROOM 4
#define BEFORE 5

// The meetings of two courses, one behind the other, with class `cls` at `spot` and all others where they are.
struct Couple {
    u32 first, second, count, all, cls;
    Place spot;

    __device__ __forceinline__ Couple(const Problem &p, u32 courses, u32 cls, Place spot) : cls(cls), spot(spot) {
        u32 a = courses & 0xffff, b = courses >> 16;
        first = table<u32>(p, p.first_class, a);
        second = table<u32>(p, p.first_class, b);
        count = table<u32>(p, p.first_class, a + 1) - first;
        all = count + table<u32>(p, p.first_class, b + 1) - second;
    }

    template <class K> __device__ __forceinline__ Place at(const View<K> &v, u32 index) const {
        u32 meeting = index < count ? first + index : second + (index - count);
        return meeting == cls ? spot : place_of<K>(v.at()[meeting]);
    }
};

// Meetings that are not in the room class of most.
template <class K> DEVICE i32 strays(const View<K> &v, const Couple &c) {
    i32 placed = 0, most = 0;
    EACH(u32 x = 0; x < c.all; x++) {
        u32 room = c.at(v, x).room;
        if (room == NO_PLACE) continue;
        i32 together = 0;
        EACH(u32 y = 0; y < c.all; y++) together += c.at(v, y).room == room;
        most = max(most, together);
        placed++;
    }
    return placed - most;
}

// Whether the days of the two break a rule of days.
template <class K> DEVICE bool are_days_wrong(const Problem &p, const View<K> &v, const Couple &c, u32 relation) {
    typedef typename K::Word Word;
    Word of_first = 0, of_second = 0;
    i32 more = 0;
    EACH(u32 x = 0; x < c.all; x++) {
        u32 period = c.at(v, x).period;
        if (period == NO_PLACE) continue;
        Word day = (Word)1 << day_of(p, period);
        if (x < c.count) of_first |= day, more++;
        else of_second |= day, more--;
    }
    return relation == SAME_DAY ? more == 0 && of_first != of_second : (of_first & of_second) != 0;
}

// Whether some meeting of the first breaks a rule of times or rooms with one of the second; for `SAME_TIME`, whether as many of the
// one as of the other start in each period.
template <class K>
DEVICE bool do_meetings_disagree(const View<K> &v, const Couple &c, u32 relation, u32 length, u32 other_length) {
    bool is_wrong = false;
    i32 more = 0;
    EACH(u32 x = 0; x < c.all; x++) {
        Place one = c.at(v, x);
        if (!is_somewhere(one)) continue;
        more += x < c.count ? 1 : -1;
        if (x >= c.count) continue;
        i32 starting = 0;
        EACH(u32 y = 0; y < c.all; y++) {
            Place other = c.at(v, y);
            if (!is_somewhere(other)) continue;
            if (other.period == one.period) starting += y < c.count ? 1 : -1;
            if (y < c.count || relation == SAME_TIME) continue;
            bool is_late = one.period + length > other.period, is_early = one.period < other.period + other_length;
            is_wrong |= is_late && (is_early || relation == BEFORE);
            is_wrong |= relation == SAME_ROOM && one.room != other.room;
        }
        is_wrong |= relation == SAME_TIME && starting != 0;
    }
    return is_wrong && (relation != SAME_TIME || more == 0);
}

// What a pair costs. It is the two courses, the relation, and what it costs to break it: hard, and soft.
template <class K> DEVICE Change pair_price(const Problem &p, const View<K> &v, uint4 pair, u32 cls, Place spot) {
    Couple c(p, pair.x, cls, spot);
    u32 relation = pair.y;
    if (relation == SAME_ROOM && pair.z > 0) return {strays(v, c), 0};
    bool is_broken;
    if (relation == SAME_DAY || relation == NOT_SAME_DAY) {
        is_broken = are_days_wrong(p, v, c, relation);
    } else {
        u32 length = table<u8>(p, p.lengths, pair.x & 0xffff), other = table<u8>(p, p.lengths, pair.x >> 16);
        is_broken = do_meetings_disagree(v, c, relation, length, other);
    }
    if (!is_broken) return {0, 0};
    return {(i32)pair.z, (i32)pair.w};
}

template <class K> DEVICE Change rules_price(const Problem &p, const View<K> &v, u32 cls, u32 course, Place spot) {
    u32 begin = table<u32>(p, p.pair_starts, course), end = table<u32>(p, p.pair_starts, course + 1);
    Change sum = {0, 0};
    EACH(u32 entry = begin; entry < end; entry++) {
        Change price = pair_price(p, v, table<uint4>(p, p.pair_items, entry), cls, spot);
        sum.hard += price.hard;
        sum.soft += price.soft;
    }
    return sum;
}

// Whether moving class `cls` of `course` to `target` changes no more than `limit`, hard violations at their weight; `change` is what it
// would change then.
template <class K>
DEVICE bool evaluate(const Problem &p, const View<K> &v, u32 cls, u32 course, Place target, i32 limit, Change &change) {
    Place source = place_of<K>(v.at()[cls]);
    u32 length = table<u8>(p, p.lengths, course);
    Change here = in_periods(p, v, course, length, source.period), there = in_periods(p, v, course, length, target.period);
    change.hard = there.hard - here.hard;
    change.soft = there.soft - here.soft;
    i32 floor = change.hard * p.hard + change.soft - table<i32>(p, p.soft_gain, course);
    if (*v.other() == 0 && floor > limit) return false;
    // The most that rules can gain; less than nothing where there are none.
    i32 gain = table<i32>(p, p.rule_gain, course);
    EACH(u32 side = 0; side < 2; side++) {
        Change price = beside(p, v, cls, course, length, side == 0 ? source : target, source);
        if (side == 0 && gain < 0 && floor - price.hard * p.hard > limit) return false;
        price.soft += comfort(p, v, course, length, side == 0 ? source : target, source);
        change.hard += side == 0 ? -price.hard : price.hard;
        change.soft += side == 0 ? -price.soft : price.soft;
    }
    // What rules cost without the class is the same on both sides, and nowhere less than nothing.
    i32 known = change.hard * p.hard + change.soft;
    if (gain < 0 || known - gain > limit) return known <= limit;
    EACH(u32 side = 0; side < 2; side++) {
        Change price = rules_price(p, v, cls, course, side == 0 ? source : target);
        change.hard += side == 0 ? -price.hard : price.hard;
        change.soft += side == 0 ? -price.soft : price.soft;
        if (change.hard * p.hard + change.soft > limit) return false;
    }
    return true;
}

// What a class that is nowhere would cost at `spot`.
template <class K> DEVICE Change marginal(const Problem &p, const View<K> &v, u32 cls, u32 course, u32 length, Place spot) {
    Place nowhere = {NO_PLACE, NO_PLACE};
    Change found = in_periods(p, v, course, length, spot.period), price = beside(p, v, cls, course, length, spot, nowhere);
    Change with = {0, 0}, without = {0, 0};
    EACH(u32 side = 0; side < 2; side++) {
        without = with;
        with = rules_price(p, v, cls, course, side == 0 ? nowhere : spot);
    }
    found.soft += comfort(p, v, course, length, spot, nowhere);
    return {found.hard + price.hard + with.hard - without.hard, found.soft + price.soft + with.soft - without.soft};
}
