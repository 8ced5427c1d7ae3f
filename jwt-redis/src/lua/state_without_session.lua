return { known_without_session(arg) }
