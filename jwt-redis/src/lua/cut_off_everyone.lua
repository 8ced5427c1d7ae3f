cut_off(ARGV[6], ARGV[7])
return { 0 }
