using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Keys;

internal sealed record KeyFilter : ListFilter
{
    private static readonly TimeSpan _longestExpiring = TimeSpan.FromDays(3650);

    /// <summary>Owner, by name or id.</summary>
    public string? User { get; init; }

    public string? Tenant { get; init; }

    /// <summary>True: only tokens of devices; false: none of them; null: all keys.</summary>
    public bool? IsDevice { get; init; }

    /// <summary>Only tokens of devices with this program; null: all keys.</summary>
    public string? ClientId { get; init; }

    public KeyStatus? Status { get; init; }

    /// <summary>Only keys in force that expire within this time, of up to 3650 days.</summary>
    public TimeSpan? Expiring { get; init; }

    /// <summary>Default: the oldest first.</summary>
    public bool NewestFirst { get; init; }

    /// <returns>Error of the members that only this filter has, or null.</returns>
    public string? ErrorOf() =>
        (Tenant is { } tenant ? Rules.Tenant(tenant) : null)
        ?? (
            Expiring is { } span && (span < TimeSpan.Zero || span > _longestExpiring)
                ? $"The time within which keys expire must be 0 to {_longestExpiring.TotalDays} days."
                : null
        );
}
