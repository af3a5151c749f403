using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Companion;
using AuthSidecar.Access.Policies;
using AuthSidecar.Decisions.Text;
using AuthSidecar.WebSockets.Relay;

namespace AuthSidecar.Administration.Settings;

/// <summary>One configuration in force: everything that belongs together, replaced as a whole.</summary>
/// <param name="Settings">Never changed once here.</param>
/// <param name="Warnings">What works but should not stay so.</param>
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

    /// <summary>Which kinds of credential authenticate.</summary>
    public AcceptedCredentials AcceptedCredentials { get; } = new(Settings.Auth);

    /// <summary>Who may use the companion's services.</summary>
    public ServiceCredentials ServiceCredentials { get; } = new(Settings.Auth.ServiceCredentials);

    /// <summary>Whose address a relayed request counts for.</summary>
    public ClientAddressRule RelayedAddress { get; } = new(Settings.Limits.ClientAddress, Settings.Listen.TrustNetwork);

    /// <summary>What opens Check's listener.</summary>
    public BearerSecrets CheckSecrets { get; } = new(Settings.Listen.CheckSecrets);
}

/// <summary>Why the configuration in force is not the one on disk.</summary>
internal sealed record ReloadFailure(DateTimeOffset At, IReadOnlyList<string> Errors);
