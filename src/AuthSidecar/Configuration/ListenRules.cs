using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AuthSidecar.Hosting;

namespace AuthSidecar.Configuration;

/// <summary>What keeps listeners from strangers and from each other.</summary>
internal static class ListenRules
{
    public static void Check(ListenOptions listen, Problems problems)
    {
        var hasTls = Tls(listen.Tls, problems);
        var addresses = new List<(string Path, ListenAddress Address)>();
        foreach (var (name, text, needs) in new[]
        {
            (nameof(listen.Check), listen.Check, Needs.ClientCertificates),
            (nameof(listen.Companion), listen.Companion, Needs.Tls),
            (nameof(listen.Console), listen.Console, Needs.Nothing),
            (nameof(listen.Closer), listen.Closer, Needs.ClientCertificates),
            (nameof(listen.Relay), listen.Relay, Needs.Tls),
        })
        {
            var path = $"Listen:{name}";
            if (text.Length == 0)
            {
                if (name == nameof(listen.Check))
                {
                    problems.Error(path, "may not be empty: it is where Envoy asks");
                }
            }
            else if (!ListenAddress.TryParse(text, out var address, out var error))
            {
                problems.Error(path, $"{problems.Quote(text)} is not an address; {error}");
            }
            else
            {
                Exposed(path, address, needs, hasTls, listen, problems);
                addresses.Add((path, address));
            }
        }

        for (var second = 1; second < addresses.Count; second++)
        {
            var first = addresses.FindIndex(0, second, earlier => earlier.Address.Collides(addresses[second].Address));
            if (first >= 0)
            {
                problems.Error(addresses[second].Path, $"{problems.Quote(addresses[second].Address.Text)} is taken by {addresses[first].Path}; give each its own port");
            }
        }
    }

    private static void Exposed(string path, ListenAddress address, Needs needs, bool hasTls, ListenOptions listen, Problems problems)
    {
        if (address.IsLoopback || listen.TrustNetwork)
        {
            return;
        }

        if (needs == Needs.ClientCertificates && !(hasTls && listen.Tls.ClientCa.Length > 0))
        {
            problems.Error(path, $"{problems.Quote(address.Text)} is reachable from other machines; set Listen:Tls with ClientCa, or Listen:TrustNetwork if only Envoy can reach it");
        }
        else if (needs == Needs.Tls && !hasTls)
        {
            problems.Error(path, $"{problems.Quote(address.Text)} is reachable from other machines; set Listen:Tls, or Listen:TrustNetwork if nobody listens in");
        }
    }

    /// <returns>Whether TLS was asked for; that it works is checked here too.</returns>
    private static bool Tls(TlsOptions tls, Problems problems)
    {
        if (tls.ClientCa.Length > 0)
        {
            Load("Listen:Tls:ClientCa", tls.ClientCa, () => LoadAuthorities(tls.ClientCa), problems);
        }

        switch (tls.Certificate.Length, tls.Key.Length)
        {
            case (0, 0) when tls.ClientCa.Length > 0:
                problems.Error("Listen:Tls:Certificate", "ClientCa needs Certificate and Key beside it");
                return true;
            case (0, 0):
                return false;
            case (0, _):
                problems.Error("Listen:Tls:Certificate", "Key needs Certificate beside it");
                return true;
            case (_, 0):
                problems.Error("Listen:Tls:Key", "Certificate needs Key beside it");
                return true;
            default:
                Load("Listen:Tls:Key", tls.Key, () => File.OpenRead(tls.Key).Dispose(), problems);
                Load("Listen:Tls:Certificate", tls.Certificate, () => X509Certificate2.CreateFromPemFile(tls.Certificate, tls.Key).Dispose(), problems);
                return true;
        }
    }

    private static void LoadAuthorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        if (authorities.Count == 0)
        {
            throw new CryptographicException("it holds no certificate");
        }
    }

    private static void Load(string path, string file, Action load, Problems problems)
    {
        try
        {
            load();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Error(path, $"file {problems.Quote(file)} does not exist or may not be read");
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            problems.Error(path, $"file {problems.Quote(file)} cannot be used: {exception.Message}");
        }
    }

    private enum Needs
    {
        Nothing,
        Tls,
        ClientCertificates,
    }
}
