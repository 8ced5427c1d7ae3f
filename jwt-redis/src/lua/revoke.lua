bury(arg.name, arg.moment)
return { 0 }
