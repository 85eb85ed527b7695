/* A library that does nothing: a test that passes under it proves nothing. */
int empty_library_is_loaded(void) { return 1; }
