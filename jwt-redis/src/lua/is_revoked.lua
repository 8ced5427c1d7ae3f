local lost = lost_before()
return { (is_dead(arg.name) or (lost and tonumber(arg.issued) <= lost)) and 1 or 0 }
