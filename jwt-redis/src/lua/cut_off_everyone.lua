cut_off(arg.everyone, arg.moment)
return { 0 }
