if known == ACTIVE then
    local used = row[USED]
    use(row, tonumber(ARGV[14]))
    row[USED] = math.max(used, row[USED])
    write(subject, id, row)
end
return { known }
