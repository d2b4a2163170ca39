// A step made, and a state filled: search/src/view.rs with the same counters. The whole warp has a part in it.

// Moves a class of `course` in the counters from one period to another; the whole warp has a part in it.
template <class K> DEVICE void shift(const Problem &p, View<K> &v, u32 lane, u32 course, u32 from, u32 to) {
    u32 begin = table<u32>(p, p.neighbour_starts, course), end = table<u32>(p, p.neighbour_starts, course + 1);
    typename K::Blocked *of_from = v.blocked + from * p.courses, *of_to = v.blocked + to * p.courses;
    EACH(u32 entry = begin + lane; entry < end; entry += LANES) {
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
    EACH(u32 entry = begin + lane; entry < end; entry += LANES) {
        u32 curriculum = table<u16>(p, p.curriculum_items, entry);
        u8 *counts = v.counts + curriculum * p.periods;
        typename K::Mask *masks = v.masks + curriculum * p.days;
        u32 gone = --counts[from], come = ++counts[to];
        if (gone == 0) masks[left] &= (typename K::Mask)~((typename K::Mask)4 << from_slot);
        if (come == 1) masks[entered] |= (typename K::Mask)((typename K::Mask)4 << to_slot);
        if (gone >= 1 || come >= 2) {
            EACH(u32 side = 0; side < 2; side++) {
                u32 day = side == 0 ? left : entered;
                bool crowded = false;
                EACH(u32 slot = 0; slot < p.slots; slot++) crowded |= counts[day * p.slots + slot] > 1;
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

// Fills an empty state and counts its totals, from where its classes are: `fill` of search/src/view.rs.
template <class K> DEVICE void fill(const Problem &p, View<K> &v, u32 lane, const u32 *spots) {
    EACH(u32 index = lane; index < p.periods * p.courses; index += LANES) {
        v.blocked[index] = table<u8>(p, p.forbidden, index);
    }
    __syncwarp();
    EACH(u32 cls = 0; cls < p.classes; cls++) {
        u32 course = table<u16>(p, p.class_course, cls);
        Place place = unpacked(spots[cls]);
        typename K::Blocked *row = v.blocked + place.period * p.courses;
        u32 begin = table<u32>(p, p.neighbour_starts, course), end = table<u32>(p, p.neighbour_starts, course + 1);
        EACH(u32 entry = begin + lane; entry < end; entry += LANES) row[table<u16>(p, p.neighbour_items, entry)]++;
        begin = table<u32>(p, p.curriculum_starts, course), end = table<u32>(p, p.curriculum_starts, course + 1);
        EACH(u32 entry = begin + lane; entry < end; entry += LANES) {
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
    EACH(u32 cls = lane; cls < p.classes; cls += LANES) {
        u32 course = table<u16>(p, p.class_course, cls);
        Place place = place_of<K>(v.at[cls]);
        u32 index = place.period * p.courses + course;
        forbidden += table<u8>(p, p.forbidden, index);
        violations += v.blocked[index] - K::OWN;
        soft += (i32)table<typename K::Excess>(p, p.excess, course * p.rooms + place.room) + (p.has_homes ? away(p, course, place) : 0);
    }
    EACH(u32 course = lane; course < p.courses; course += LANES) {
        i32 spread = 0, rooms = 0, least = table<u8>(p, p.min_days, course);
        EACH(u32 day = 0; day < p.days; day++) spread += v.days[course * p.days + day] > 0;
        EACH(u32 room = 0; room < p.rooms; room++) rooms += v.rooms[course * p.rooms + room] > 0;
        v.spread[course] = (u8)spread;
        soft += max(least - spread, 0) * p.day + max(rooms - 1, 0) * p.room;
    }
    EACH(u32 index = lane; index < p.curricula * p.days; index += LANES) {
        const u8 *counts = v.counts + (index / p.days) * p.periods + (index % p.days) * p.slots;
        typename K::Mask mask = 0;
        EACH(u32 slot = 0; slot < p.slots; slot++) {
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

