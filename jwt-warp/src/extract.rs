jwt_core::declare_extractors!(jwt_warp);
