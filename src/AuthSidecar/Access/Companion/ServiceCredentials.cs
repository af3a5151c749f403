using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Companion;

/// <summary><c>Auth:ServiceCredentials</c>: each call to the companion listener must carry one of them.</summary>
internal sealed class ServiceCredentials(IEnumerable<Secret> secrets)
{
    private readonly SharedSecrets _secrets = new(secrets);

    public bool Contains(string presented) => _secrets.Contains(presented);
}
