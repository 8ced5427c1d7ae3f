-- Returns a page of a subject's live sessions plus one more, newest first. Sessions that started in the same
-- millisecond are ordered by id.
local before, limit = cutoff(arg.everyone, arg.own), tonumber(arg.limit)
local started, last = tonumber(arg.after_started), arg.after_id

-- Compares byte by byte, because `<` depends on the locale of the server.
local function precedes(one, other)
    for at = 1, math.min(#one, #other) do
        local a, b = one:byte(at), other:byte(at)
        if a ~= b then
            return a < b
        end
    end
    return #one < #other
end

local function is_behind(id, row)
    return not started or row[STARTED] < started or (row[STARTED] == started and precedes(last, id))
end

local found = {}
for _, session in ipairs(sessions(key.subject)) do
    local id, row = session[1], session[2]
    if not is_over(row) and row[STARTED] >= before and is_behind(id, row) then
        table.insert(found, session)
    end
end
table.sort(found, function(one, other)
    if one[2][STARTED] ~= other[2][STARTED] then
        return one[2][STARTED] > other[2][STARTED]
    end
    return precedes(one[1], other[1])
end)
local listed = {}
for at = 1, math.min(#found, limit + 1) do
    local id, row = found[at][1], found[at][2]
    listed[at] = { id, row[LABEL] or false, row[STARTED], row[USED], row[IDLE] }
end
return { listed }
