namespace AuthSidecar.Access.ParallelLimits;

internal enum LeaseResult
{
    /// <summary>Default. No answer; always denies.</summary>
    Unavailable,

    /// <summary>The request may run and is counted.</summary>
    Taken,

    /// <summary>As many requests of an owner run as may.</summary>
    Full,
}

/// <param name="Result">The result.</param>
/// <param name="Full">Index of the first owner without room.</param>
internal readonly record struct LeaseAnswer(LeaseResult Result, int Full = 0)
{
    public static LeaseAnswer Taken { get; } = new(LeaseResult.Taken);

    public static LeaseAnswer FullAt(int index) => new(LeaseResult.Full, index);
}
