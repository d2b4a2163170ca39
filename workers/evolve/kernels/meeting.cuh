// A meeting of a campus proposed, moved and put into a timetable: search/src/campus/{proposal,state}.rs with the same counters. The
// whole warp has a part in a move.

// Room classes that are looked at for a free one; kinds of proposals, those that take any room class, and those that join a sibling.
#define LOOKS 6
#define KINDS 16
#define ANY_ROOM 1
#define JOINING 2

// No room class.
#define NO_ROOM 0xffffffffu

// The room class of a sibling, where the class may use it.
template <class K> DEVICE u32 room_of_sibling(const Problem &p, const View<K> &v, u32 course, u32 row, u32 word) {
    u32 first = table<u32>(p, p.first_class, course), count = table<u32>(p, p.first_class, course + 1) - first;
    Place at = place_of<K>(v.at()[first + below(word, count)]);
    if (!is_somewhere(at)) return NO_ROOM;
    return table<u32>(p, p.room_bits, row * p.room_words + at.room / 32) >> (at.room % 32) & 1 ? at.room : NO_ROOM;
}

template <class K> DEVICE bool is_free(const Problem &p, const View<K> &v, u32 length, u32 start, u32 room) {
    u32 row = room * p.periods + start;
    bool is_it = true;
    EACH(u32 index = 0; index < length; index++) is_it &= v.held()[row + index] < table<u16>(p, p.available, row + index);
    return is_it;
}

// The first free room class: its own, or that of a sibling, or one of some that it may use.
template <class K>
DEVICE u32 free_room(const Problem &p, const View<K> &v, u32 course, u32 row, u32 start, u32 own, u32 sibling, uint2 rooms, u32 turn) {
    u32 length = table<u8>(p, p.lengths, course);
    u32 looks = 2 + (rooms.y < LOOKS ? rooms.y : LOOKS);
    EACH(u32 look = 0; look < looks; look++) {
        u32 step = turn + look - 2;
        u32 room = look == 0 ? own : sibling;
        if (look >= 2) room = table<u16>(p, p.room_items, rooms.x + (step < rooms.y ? step : step - rooms.y));
        if (room != NO_ROOM && is_free(p, v, length, start, room)) return room;
    }
    return own;
}

// Whether four random words stand for a move, and which: `cls` to `target`.
template <class K> DEVICE bool proposal(const Problem &p, const View<K> &v, uint4 words, u32 &cls, u32 &course, Place &target) {
    if (p.movable == 0) return false;
    cls = table<u32>(p, p.movable_items, below(words.x, p.movable));
    course = table<u16>(p, p.class_course, cls);
    Place source = place_of<K>(v.at()[cls]);
    u32 row = table<u16>(p, p.room_row, cls), kind = words.w % KINDS;
    bool is_joining = kind >= ANY_ROOM && kind < ANY_ROOM + JOINING;
    u32 sibling = room_of_sibling(p, v, course, row, is_joining ? words.y : words.w);
    target.period = source.period;
    target.room = sibling;
    if (is_joining) return sibling != NO_ROOM && sibling != source.room;
    u32 starts = table<u16>(p, p.start_row, cls), begin = table<u32>(p, p.start_starts, starts);
    u32 open = table<u32>(p, p.start_starts, starts + 1) - begin;
    target.period = table<u16>(p, p.start_items, begin + below(words.y, open));
    uint2 rooms;
    rooms.x = table<u32>(p, p.room_starts, row);
    rooms.y = table<u32>(p, p.room_starts, row + 1) - rooms.x;
    u32 turn = below(words.w, rooms.y);
    if (kind < ANY_ROOM || target.period == source.period) {
        target.room = table<u16>(p, p.room_items, rooms.x + turn);
    } else {
        target.room = free_room(p, v, course, row, target.period, source.room, sibling, rooms, turn);
    }
    return target.period != source.period || target.room != source.room;
}

// Adds `sign` to what is counted of a group where a meeting starts.
template <class K> DEVICE void count_group(const Problem &p, View<K> &v, u32 group, u32 start, u32 length, i32 sign) {
    typedef typename K::Mask Mask;
    u32 day = day_of(p, start);
    Mask *masks = v.masks() + (group * p.days + day) * 2, bit = (Mask)((Mask)1 << (start - day * p.slots));
    u8 *counts = v.busy() + (group * p.periods + start) * 2;
    counts[1] += (u8)sign;
    masks[1] = counts[1] ? masks[1] | bit : masks[1] & (Mask)~bit;
    Mask busy = masks[0];
    EACH(u32 index = 0; index < length; index++, bit = (Mask)(bit << 1)) {
        counts[2 * index] += (u8)sign;
        busy = counts[2 * index] ? busy | bit : busy & (Mask)~bit;
    }
    masks[0] = busy;
}

// Adds `sign` times `count` to a row of loads where a meeting starts.
template <class L> DEVICE void count_load(L *row, u32 start, u32 length, i32 count) {
    EACH(u32 index = start; index < start + length; index++) row[index] += (L)count;
}

// Moves a class in all counters from where it was, if it was anywhere.
template <class K> DEVICE void shift(const Problem &p, View<K> &v, u32 lane, u32 cls, u32 course, u32 length, Place from, Place to) {
    bool was_somewhere = is_somewhere(from);
    u32 begin = table<u32>(p, p.arc_starts, course), end = table<u32>(p, p.arc_starts, course + 1);
    EACH(u32 entry = begin + lane; entry < end; entry += LANES) {
        u32 arc = table<u32>(p, p.arc_items, entry), row = (arc & 0xffff) * p.periods;
        i32 hard = arc >> 16;
        if (was_somewhere) count_load(v.load() + row, from.period, length, -hard);
        count_load(v.load() + row, to.period, length, hard);
        if (p.has_soft) {
            i32 soft = table<u16>(p, p.arc_softs, entry);
            if (was_somewhere) count_load(v.load_soft() + row, from.period, length, -soft);
            count_load(v.load_soft() + row, to.period, length, soft);
        }
    }
    begin = table<u32>(p, p.group_starts, course), end = table<u32>(p, p.group_starts, course + 1);
    EACH(u32 entry = begin + lane; entry < end; entry += LANES) {
        u32 group = table<u16>(p, p.group_items, entry);
        if (was_somewhere) count_group(p, v, group, from.period, length, -1);
        count_group(p, v, group, to.period, length, 1);
    }
    if (lane == 0) {
        v.at()[cls] = packed<K>(to);
        begin = table<u32>(p, p.limited_starts, course), end = table<u32>(p, p.limited_starts, course + 1);
        EACH(u32 side = was_somewhere ? 0 : 1; side < 2; side++) {
            Place spot = side == 0 ? from : to;
            i32 sign = side == 0 ? -1 : 1;
            u32 day = day_of(p, spot.period);
            count_load(v.held() + spot.room * p.periods, spot.period, length, sign);
            EACH(u32 entry = begin; entry < end; entry++) {
                v.taught()[table<u16>(p, p.limited_items, entry) * p.days + day] += (u16)(sign * (i32)length);
            }
        }
    }
    __syncwarp();
}

// Makes the move that `evaluate` spoke of.
template <class K> DEVICE void apply(const Problem &p, View<K> &v, u32 lane, u32 cls, Place target, Change change) {
    u32 course = table<u16>(p, p.class_course, cls), length = table<u8>(p, p.lengths, course);
    Place source = place_of<K>(v.at()[cls]);
    i32 found = people(p, v, course, length, target.period) - people(p, v, course, length, source.period);
    __syncwarp();
    if (lane == 0) *v.other() += change.hard - found;
    shift(p, v, lane, cls, course, length, source, target);
    v.hard += change.hard;
    v.soft += change.soft;
}

// Puts all classes into an empty state, one after the other, as `from_spots` of search/src/campus/state.rs does.
template <class K> DEVICE void fill(const Problem &p, View<K> &v, u32 lane, const u32 *spots) {
    EACH(u32 cls = lane; cls < p.classes; cls += LANES) v.at()[cls] = (typename K::At)0xffffffffu;
    __syncwarp();
    i32 other = 0;
    v.hard = 0;
    v.soft = p.empty;
    Place nowhere = {NO_PLACE, NO_PLACE};
    EACH(u32 cls = 0; cls < p.classes; cls++) {
        Place spot = unpacked(spots[cls]);
        if (!is_somewhere(spot)) continue;
        u32 course = table<u16>(p, p.class_course, cls), length = table<u8>(p, p.lengths, course);
        Change price = marginal(p, v, cls, course, length, spot);
        other += price.hard - people(p, v, course, length, spot.period);
        v.hard += price.hard;
        v.soft += price.soft;
        __syncwarp();
        shift(p, v, lane, cls, course, length, nowhere, spot);
    }
    if (lane == 0) *v.other() = other;
    __syncwarp();
}
