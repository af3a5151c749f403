using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Platform.Hosting;

/// <summary>Checks exposure, protection and collisions of the listeners.</summary>
internal static class ListenRules
{
    /// <summary>True if Check is protected against callers other than Envoy by more than a loopback address.</summary>
    public static bool IsCheckProtected(ListenOptions listen) =>
        IsSocket(listen) || listen.CheckSecrets.Count > 0 || listen.TrustNetwork || RequiresCertificates(listen);

    public static void Check(ListenOptions listen, ConfigurationErrors problems)
    {
        var hasTls = Tls(listen.Tls, problems);
        var addresses = new List<(string Path, ListenAddress Address)>();
        foreach (
            var (name, text, needs) in new[]
            {
                (nameof(listen.Check), listen.Check, Needs.ClientCertificates),
                (nameof(listen.Companion), listen.Companion, Needs.Tls),
                (nameof(listen.Console), listen.Console, Needs.Tls),
                (nameof(listen.Closer), listen.Closer, Needs.ClientCertificates),
                (nameof(listen.Relay), listen.Relay, Needs.Tls),
                (nameof(listen.Probe), listen.Probe, Needs.Nothing),
            }
        )
        {
            var path = $"Listen:{name}";
            if (text.Length == 0)
            {
                if (name == nameof(listen.Check))
                {
                    problems.Error(path, "may not be empty: Envoy calls it");
                }
            }
            else if (!ListenAddress.TryParse(text, out var address, out var error))
            {
                problems.Error(path, $"{problems.Quote(text)} is not an address; {error}");
            }
            else
            {
                Exposure(path, address, needs, hasTls, listen, problems);
                addresses.Add((path, address));
            }
        }

        Protection(listen, problems);
        for (var second = 1; second < addresses.Count; second++)
        {
            var first = addresses.FindIndex(0, second, earlier => earlier.Address.Collides(addresses[second].Address));
            if (first >= 0)
            {
                problems.Error(
                    addresses[second].Path,
                    $"{problems.Quote(addresses[second].Address.Text)} is taken by {addresses[first].Path}; give each its own port"
                );
            }
        }
    }

    private static bool IsSocket(ListenOptions listen) =>
        ListenAddress.TryParse(listen.Check, out var address, out _) && address.SocketPath is not null;

    private static bool IsWorldWritable(string? directory) =>
        !OperatingSystem.IsWindows() && Directory.Exists(directory) && File.GetUnixFileMode(directory).HasFlag(UnixFileMode.OtherWrite);

    private static bool RequiresCertificates(ListenOptions listen) => listen.Tls is { Certificate.Length: > 0, ClientCa.Length: > 0 };

    private static void Protection(ListenOptions listen, ConfigurationErrors problems)
    {
        var isSocket = IsSocket(listen);
        if (isSocket && !OperatingSystem.IsLinux())
        {
            problems.Error(
                "Listen:Check",
                "may be a unix socket on Linux only, where the kernel reports the peer; write http://127.0.0.1:PORT and set "
                    + "Listen:CheckSecrets"
            );
        }

        if (isSocket && IsWorldWritable(Path.GetDirectoryName(listen.Check["unix:".Length..])))
        {
            problems.Warn(
                "Listen:Check",
                "is in a directory that every user may write to, so another program could listen there and answer "
                    + "Envoy; use one that only the sidecar's user may write to"
            );
        }

        if (!isSocket && listen.CheckSecrets.Count == 0 && !RequiresCertificates(listen))
        {
            problems.Warn(
                "Listen:CheckSecrets",
                "is empty and Listen:Check is TCP: every program that reaches it can call Check with any policy and read provider "
                    + "credentials from the responses; write Listen:Check as unix:/path, or set a secret that Envoy sends"
            );
        }

        if (!isSocket && listen.CheckPeers.Count > 0)
        {
            problems.Error("Listen:CheckPeers", "has no effect unless Listen:Check is unix:/path; remove one of the two");
        }

        for (var index = 0; index < listen.CheckPeers.Count; index++)
        {
            if (listen.CheckPeers[index] < 0)
            {
                problems.Error($"Listen:CheckPeers:{index}", $"must be a uid, not {listen.CheckPeers[index]}");
            }
        }

        Names(listen.Tls, problems);
    }

    private static void Names(TlsOptions tls, ConfigurationErrors problems)
    {
        switch (tls.ClientNames.Count, tls.ClientCa.Length)
        {
            case (> 0, 0):
                problems.Error("Listen:Tls:ClientNames", "needs ClientCa, which issues the certificates");
                break;
            case (0, > 0):
                problems.Warn(
                    "Listen:Tls:ClientNames",
                    "is empty, so every certificate of ClientCa may connect and call Check with any policy; name Envoy's"
                );
                break;
        }

        for (var index = 0; index < tls.ClientNames.Count; index++)
        {
            if (
                tls.ClientNames[index].Length == 0
                || tls.ClientNames[index].AsSpan().ContainsAnyExceptInRange('!', '~')
                || tls.ClientNames[index].Contains('*', StringComparison.Ordinal)
            )
            {
                problems.Error(
                    $"Listen:Tls:ClientNames:{index}",
                    $"must be one whole DNS name or URI, which is compared exactly, not {problems.Quote(tls.ClientNames[index])}"
                );
            }
        }
    }

    private static void Exposure(
        string path,
        ListenAddress address,
        Needs needs,
        bool hasTls,
        ListenOptions listen,
        ConfigurationErrors problems
    )
    {
        if (needs == Needs.Nothing || address.IsLoopback || listen.TrustNetwork)
        {
            return;
        }

        if (needs == Needs.ClientCertificates && !(hasTls && listen.Tls.ClientCa.Length > 0))
        {
            problems.Error(
                path,
                $"{problems.Quote(address.Text)} is reachable from other machines; set Listen:Tls with ClientCa, or "
                    + "Listen:TrustNetwork if only Envoy can reach it"
            );
        }
        else if (needs == Needs.Tls && !hasTls)
        {
            problems.Error(
                path,
                $"{problems.Quote(address.Text)} is reachable from other machines; set Listen:Tls, or Listen:TrustNetwork if the "
                    + "network is trusted"
            );
        }
    }

    /// <returns>True if TLS is configured, usable or not.</returns>
    private static bool Tls(TlsOptions tls, ConfigurationErrors problems)
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
                Load(
                    "Listen:Tls:Certificate",
                    tls.Certificate,
                    () => X509Certificate2.CreateFromPemFile(tls.Certificate, tls.Key).Dispose(),
                    problems
                );
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

    private static void Load(string path, string file, Action load, ConfigurationErrors problems)
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
