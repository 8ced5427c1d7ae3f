-- Returns the next cursor, and those of a step of a subject's sessions that belong on the page, in any order. `oldest` is
-- the start of the last session that the page has so far, if it is full.
local before, oldest = cutoff(arg.everyone, arg.own), tonumber(arg.oldest)
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

local cursor, found = scan(key.subject, arg.cursor)
local listed = {}
for _, session in ipairs(found) do
    local id, row = session[1], session[2]
    local is_new = not oldest or row[STARTED] >= oldest
    if is_new and not is_over(row) and row[STARTED] >= before and is_behind(id, row) then
        local rotated = row[PREVIOUS] and row[ROTATED] or row[STARTED]
        table.insert(listed, { id, row[LABEL] or false, row[STARTED], row[USED], rotated, row[IDLE] })
    end
end
return { cursor, listed }
