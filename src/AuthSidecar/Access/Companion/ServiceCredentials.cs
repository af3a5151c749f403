using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Companion;

/// <summary><c>Auth:ServiceCredentials</c>, of which each call to the companion listener carries one.</summary>
internal sealed class ServiceCredentials(IEnumerable<Secret> secrets)
{
    private readonly SharedSecrets _secrets = new(secrets);

    public bool Contains(string presented) => _secrets.Contains(presented);
}
