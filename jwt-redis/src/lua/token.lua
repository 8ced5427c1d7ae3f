local row = read(key.subject, arg.id)
local known = judge(row, arg)
