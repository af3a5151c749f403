namespace AuthSidecar.Budgets;

internal enum ReserveVerdict
{
    /// <summary>Nobody knows, and that means no: the default value, which must never let anything through.</summary>
    Unavailable,

    /// <summary>The request may pass, and what it probably costs is set aside for it.</summary>
    Reserved,

    /// <summary>What was spent has reached a limit.</summary>
    Spent,

    /// <summary>What was spent has not, but with what running requests hold it has.</summary>
    Held,
}

/// <summary>What became of a reservation.</summary>
/// <param name="Verdict">The answer.</param>
/// <param name="Limit">Which of the budget's limits stands in the way, by index; 0 where none does.</param>
internal readonly record struct ReserveAnswer(ReserveVerdict Verdict, int Limit = 0);

/// <summary>The same, with what was tried to be set aside.</summary>
/// <param name="Verdict">The answer.</param>
/// <param name="Micros">How much.</param>
internal readonly record struct Reservation(ReserveVerdict Verdict, long Micros)
{
    /// <summary>As <see cref="ReserveAnswer.Limit"/>.</summary>
    public int Limit { get; init; }
}
