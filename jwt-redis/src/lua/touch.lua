if known == ACTIVE then
    use(row, tonumber(ARGV[14]))
    write(subject, id, row)
end
return { known }
