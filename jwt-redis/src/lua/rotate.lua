if known == SPENT then
    if row[CURRENT] == arg.next then
        -- A repeated call: the first reply was lost.
        return { ACTIVE, row[IDLE] }
    end
    finish(key.subject, arg.id, row)
elseif known == ACTIVE and row[CURRENT] == arg.jti then
    row[CURRENT], row[PREVIOUS], row[ROTATED] = arg.next, arg.jti, now
    use(row, tonumber(arg.idle))
    write(key.subject, arg.id, row)
    return { ACTIVE, row[IDLE] }
elseif known == ACTIVE then
    -- Grace. A repeated call receives its own token again.
    return { ACTIVE, row[IDLE], row[CURRENT] }
end
return { known }
