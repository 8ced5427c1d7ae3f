jwt_core::declare_extractors!();
