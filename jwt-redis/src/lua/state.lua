return { known }
