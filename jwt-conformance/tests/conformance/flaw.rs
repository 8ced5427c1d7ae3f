//! The mistakes that a store can make.

/// One thing that the reference store does wrong on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flaw {
    // Revocation.
    ForgetsWhatIsForEver,
    ShorterMomentWins,
    JoinsNames,
    // Exchanges.
    ReadsThenWrites,
    OrdersBySeconds,
    ReuseEndsNothing,
    ExchangesWhatHasEnded,
    ExchangesWhatIsRevoked,
    SlidesBeyondTheLimit,
    SlidesBack,
    // Grace.
    GraceExtendedByUse,
    GraceExtendedByTouch,
    GraceForAnyEarlier,
    GraceWhenSetBack,
    GraceChangesTheSession,
    GraceCountedEachTime,
    GraceCountReset,
    GraceCountKept,
    // Looking and touching.
    LookingEnds,
    TouchRevives,
    TouchWritesAll,
    TouchMovesBack,
    TouchGoesBeyond,
    LimitIncluded,
    // Ending.
    EndMissesExchanged,
    EndCountsTheDead,
    EndedByTime,
    CutoffWithoutItsSecond,
    CutoffForgotten,
    CutoffByIssue,
    EarlierCutoffWins,
    CutoffSparesTheFuture,
    CutoffEndsTheFuture,
    // Names.
    IgnoresSubject,
    IgnoresCase,
    IdTakenTwice,
    IdTakenFromOthers,
    OldestFirst,
    RotatedByTouch,
    // The limit of a subject.
    LimitIgnored,
    LimitByStart,
    LimitCountsTheDead,
    LimitEndsOne,
    LimitNotAtomic,
    LimitOfNamesakes,
    LimitNamesNothing,
    LimitKeepsTokens,
    RejectionWithoutItsError,
    RejectionEvicts,
    // Pages.
    PageWithoutTies,
    PageRepeats,
    PageNeverLast,
    PageWithoutBounds,
    PageCountsTheDead,
    PageNeedsItsSession,
    PageOfAnyone,
    // Batches.
    BatchReversed,
    BatchOnceEach,
    BatchOfOneSubject,
    BatchCutShort,
    BatchWithoutGrace,
    BatchIgnoresSubject,
    BatchEnds,
    BatchIsACopy,
    BatchTrims,
    // The source.
    SourceForgetsRevoked,
    SourceForgetsEnded,
    SourceIsACopy,
    // Restarts.
    RestartForgetsPrevious,
    RestartRevives,
    RestartForgetsCutoffs,
    RestartForgetsGrace,
}
