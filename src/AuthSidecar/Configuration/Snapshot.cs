using AuthSidecar.Credentials;
using AuthSidecar.Policies;

namespace AuthSidecar.Configuration;

/// <summary>One configuration in force: everything that belongs together, replaced as a whole.</summary>
/// <param name="Settings">Never changed once here.</param>
/// <param name="Policies">Compiled from them.</param>
/// <param name="Warnings">What works but should not stay so.</param>
internal sealed record Snapshot(Settings Settings, PolicySet Policies, IReadOnlyList<string> Warnings)
{
    /// <summary>Who may use the companion's services.</summary>
    public SharedSecrets ServiceCredentials { get; } = new(Settings.Auth.ServiceCredentials);

    /// <summary>What opens Check's listener.</summary>
    public BearerSecrets CheckSecrets { get; } = new(Settings.Listen.CheckSecrets);

    /// <summary>The master key, or none.</summary>
    public SharedSecrets MasterKey { get; } = new(Settings.Auth.MasterKey is { } key ? [key] : []);
}

/// <summary>Why the configuration in force is not the one on disk.</summary>
internal sealed record ReloadFailure(DateTimeOffset At, IReadOnlyList<string> Errors);
