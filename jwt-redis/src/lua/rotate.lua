local KEPT = 6
if known == SPENT then
    if row[CURRENT] == arg.next then
        -- A repeated call: the first reply was lost.
        return { ACTIVE, row[IDLE] }
    end
    finish(key.subject, arg.id, row)
elseif
    known == ACTIVE
    and row[CURRENT] == arg.jti
    and row[PREVIOUS]
    and row[ROTATED] > tonumber(arg.kept_low)
    and row[ROTATED] < tonumber(arg.kept_high)
then
    -- The token has just become the current one, and stays it. A repeated call does the same.
    use(row, tonumber(arg.idle))
    write(key.subject, arg.id, row)
    return { KEPT, row[IDLE] }
elseif known == ACTIVE and row[CURRENT] == arg.jti then
    row[CURRENT], row[PREVIOUS], row[ROTATED] = arg.next, arg.jti, now
    row[GRACED], row[IN_A_ROW] = false, row[GRACED] and row[IN_A_ROW] or 0
    use(row, tonumber(arg.idle))
    write(key.subject, arg.id, row)
    return { ACTIVE, row[IDLE] }
elseif known == ACTIVE and row[CURRENT] == arg.next then
    -- A repeated call within the grace period.
    return { ACTIVE, row[IDLE] }
elseif known == ACTIVE then
    -- Several uses after one exchange count once.
    if not row[GRACED] then
        row[GRACED], row[IN_A_ROW] = true, (row[IN_A_ROW] or 0) + 1
        write(key.subject, arg.id, row)
    end
    return { ACTIVE, row[IDLE], row[CURRENT], row[IN_A_ROW] }
end
return { known }
