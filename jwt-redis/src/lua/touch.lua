if known == ACTIVE then
    local used = row[USED]
    use(row, tonumber(arg.idle))
    row[USED] = math.max(used, row[USED])
    write(key.subject, arg.id, row)
end
return { known }
