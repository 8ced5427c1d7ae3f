local name, issued, everyone, own = ARGV[6], tonumber(ARGV[7]), ARGV[8], ARGV[9]
local lost = lost_before()
local refused = is_dead(name) or issued <= cutoff(everyone, own) or (lost and issued <= lost)
return { refused and REVOKED or ACTIVE }
