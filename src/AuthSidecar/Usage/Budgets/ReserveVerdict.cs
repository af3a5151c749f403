namespace AuthSidecar.Usage.Budgets;

internal enum ReserveVerdict
{
    /// <summary>Default. No verdict; always denies.</summary>
    Unavailable,

    /// <summary>Allowed; the estimated cost is reserved.</summary>
    Reserved,

    /// <summary>Spend has reached a limit.</summary>
    Spent,

    /// <summary>Spend plus reservations of running requests have reached a limit.</summary>
    Held,
}

/// <summary>Result of a reservation.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Limit">Index of the limit that denies; 0 where none does.</param>
internal readonly record struct ReserveAnswer(ReserveVerdict Verdict, int Limit = 0);

/// <summary>Result of a reservation, with its amount.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Micros">Millionths of the currency.</param>
internal readonly record struct Reservation(ReserveVerdict Verdict, long Micros)
{
    /// <summary>As <see cref="ReserveAnswer.Limit"/>.</summary>
    public int Limit { get; init; }
}
