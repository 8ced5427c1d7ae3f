if is_lost() then
    return { LOST }
end
