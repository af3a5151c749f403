using AuthSidecar.Administration.Keys;

namespace AuthSidecar.Administration.Devices;

/// <summary>The person who decides on a grant: an account, or an external identity.</summary>
internal sealed record Approver
{
    /// <summary>The account; null: an external identity.</summary>
    public string? UserId { get; init; }

    /// <summary>The external identity; null: an account.</summary>
    public ExternalIdentity? External { get; init; }

    /// <summary>Address that the identity provider gave; null: none.</summary>
    public string? Email { get; init; }

    /// <summary>Random name of the proof of an external identity, which counts for one decision; null: an account.</summary>
    public string? ProofId { get; init; }

    /// <summary>Client address of the browser; null: unknown.</summary>
    public string? Address { get; init; }
}
