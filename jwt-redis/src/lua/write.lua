-- Whoever asked for this has been told by now that it failed.
if clock() > deadline then
    return { LATE, clock() }
end
if is_lost() then
    return { LOST }
end
