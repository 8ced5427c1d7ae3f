-- A call that comes late does nothing.
local time = late()
if time then
    return { LATE, time }
end
if is_lost() then
    return { LOST }
end
