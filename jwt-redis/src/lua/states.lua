local known = {}
for _, token in ipairs(each) do
    if token.is_of_session == '0' then
        known[#known + 1] = known_without_session(token)
    else
        known[#known + 1] = judge(read(token.key, token.id), token)
    end
end
return { known }
