using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Companion;
using AuthSidecar.Access.Policies;
using AuthSidecar.Decisions.Text;
using AuthSidecar.WebSockets.Relay;

namespace AuthSidecar.Administration.Settings;

/// <summary>Settings and the values compiled from them, replaced as a whole.</summary>
/// <param name="Settings">Not changed afterwards.</param>
/// <param name="Warnings">Valid but unsafe or ineffective settings.</param>
internal sealed record Snapshot(SidecarSettings Settings, IReadOnlyList<string> Warnings)
{
    public PolicySet Policies { get; } =
        PolicySet.Compile(
            Settings.Policies,
            Settings.Providers,
            Settings.Rules,
            Settings.Delegation,
            new IssuedTokenDetector(Settings.Auth.MasterKey, Settings.Jwt.Select(jwt => jwt.Issuer)),
            Settings.Auth.Enabled
        );

    /// <summary>Accepted kinds of credentials.</summary>
    public AcceptedCredentials AcceptedCredentials { get; } = new(Settings.Auth);

    /// <summary>Bearer tokens of the companion's services.</summary>
    public ServiceCredentials ServiceCredentials { get; } = new(Settings.Auth.ServiceCredentials);

    /// <summary>Client address of relayed requests.</summary>
    public ClientAddressRule RelayedAddress { get; } = new(Settings.Limits.ClientAddress, Settings.Listen.TrustNetwork);

    /// <summary>Secrets of Check's listener.</summary>
    public BearerSecrets CheckSecrets { get; } = new(Settings.Listen.CheckSecrets);
}

/// <summary>Errors of the last rejected reload.</summary>
internal sealed record ReloadFailure(DateTimeOffset At, IReadOnlyList<string> Errors);
