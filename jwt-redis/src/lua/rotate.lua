local next, idle = ARGV[14], tonumber(ARGV[15])
if known == SPENT then
    if row[CURRENT] == next then
        -- The same call again, whose answer was lost.
        return { ACTIVE, row[IDLE] }
    end
    finish(subject, id, row)
elseif known == ACTIVE and row[CURRENT] == jti then
    row[CURRENT], row[PREVIOUS], row[ROTATED] = next, jti, now
    use(row, idle)
    write(subject, id, row)
    return { ACTIVE, row[IDLE] }
elseif known == ACTIVE then
    -- Grace; of the same call again, the current one is its own.
    return { ACTIVE, row[IDLE], row[CURRENT] }
end
return { known }
