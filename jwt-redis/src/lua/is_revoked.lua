local name, issued = ARGV[6], tonumber(ARGV[7])
local lost = lost_before()
return { (is_dead(name) or (lost and issued <= lost)) and 1 or 0 }
