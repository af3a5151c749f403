using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Tests.Platform.Redis;

/// <summary>A real Redis with TLS, and a user with the access control list of docs/guides/replicas.md.</summary>
public sealed class RedisTlsTests : IAsyncLifetime, IDisposable
{
    private static readonly Readme _guide = new("docs", "guides", "replicas.md");
    private const string Password = "p,w=1/@";
    private readonly TemporaryDirectory _directory = new();
    private readonly int _port = RedisServer.FreePort();
    private RedisServer _server = null!;

    public async Task InitializeAsync()
    {
        if (Requires.SkipReason("redis") is not null)
        {
            return;
        }

        WriteCertificates();
        string[] user = ["--user", "sidecar", .. Rules(Password)];
        _server = await RedisServer.StartAsync([
            "--tls-port",
            $"{_port}",
            "--tls-auth-clients",
            "no",
            "--tls-ca-cert-file",
            _directory["ca.pem"],
            "--requirepass",
            "another",
            "--tls-cert-file",
            _directory["server.pem"],
            "--tls-key-file",
            _directory["server.key"],
            .. user,
        ]);
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    public void Dispose() => _directory.Dispose();

    [RequiresFact("redis")]
    public async Task TlsUserAndPassword_EverythingWorks()
    {
        await using var one = await StartAsync($"rediss://sidecar:{Uri.EscapeDataString(Password)}@localhost:{_port}/2");
        await using var two = await StartAsync($"rediss://sidecar:{Uri.EscapeDataString(Password)}@localhost:{_port}/2");

        await RedisReplica.UntilSharedAsync(one, two);
    }

    [RequiresTheory("redis")]
    [InlineData("GET authsidecar:{limits}:x", true)]
    [InlineData("GET other", false)]
    [InlineData("SET other x", false)]
    [InlineData("EVAL \"return redis.call('GET','other')\" 0", false)]
    [InlineData("EVAL \"return redis.call('FLUSHALL')\" 0", false)]
    [InlineData("PUBLISH other x", false)]
    [InlineData("SUBSCRIBE other", false)]
    [InlineData("KEYS authsidecar:*", false)]
    [InlineData("SCAN 0", false)]
    [InlineData("FLUSHALL", false)]
    [InlineData("FLUSHDB", false)]
    [InlineData("CONFIG GET requirepass", false)]
    [InlineData("ACL LIST", false)]
    [InlineData("MONITOR", false)]
    [InlineData("CLIENT KILL ID 1", false)]
    [InlineData("SCRIPT FLUSH", false)]
    public async Task User_MayDoWhatTheSidecarNeedsAndNothingElse(string command, bool isAllowed)
    {
        var reply = (await _server.ReplyAsync($"AUTH sidecar {Password}\r\n{command}"))[^1];

        Assert.Equal(isAllowed, !reply.StartsWith('-'));
        Assert.True(
            isAllowed
                || reply.Contains("NOPERM", StringComparison.Ordinal)
                || reply.Contains("can't", StringComparison.Ordinal)
                || reply.Contains("permission", StringComparison.Ordinal),
            reply
        );
    }

    [RequiresFact("redis")]
    public async Task LineOfTheGuide_IsACommandThatRedisTakes()
    {
        await using var server = await RedisServer.StartAsync();

        Assert.Equal("+OK", await server.AskAsync(_guide.Blocks()["redis-acl"].Trim()));
        await using var one = await RedisReplica.StartAsync(RedisAddress.Parse(new($"redis://authsidecar:PASSWORD@{server.Address}"))!);
        await using var two = await RedisReplica.StartAsync(RedisAddress.Parse(new($"redis://authsidecar:PASSWORD@{server.Address}"))!);
        await RedisReplica.UntilSharedAsync(one, two);
    }

    [RequiresTheory("redis")]
    [InlineData("rediss://sidecar:wrong@localhost:PORT", true)]
    [InlineData("rediss://sidecar:p%2Cw%3D1%2F%40@localhost:PORT", false)]
    [InlineData("redis://sidecar:p%2Cw%3D1%2F%40@localhost:PORT", true)]
    public async Task InvalidRequests_AreNeverConnected(string text, bool isTrusted)
    {
        var options = RedisAddress.Parse(new(text.Replace("PORT", $"{_port}", StringComparison.Ordinal)))!;
        if (isTrusted)
        {
            options.TrustIssuer(_directory["ca.pem"]);
        }

        await using var connection = new RedisConnection(options, NullLogger<RedisConnection>.Instance);
        await connection.StartAsync(CancellationToken.None);

        Assert.False(connection.IsConnected);
    }

    // The rules after "ACL SETUSER authsidecar", with another password.
    private static IEnumerable<string> Rules(string password) =>
        _guide.Blocks()["redis-acl"].Trim().Split().Skip(3).Select(word => word.StartsWith('>') ? $">{password}" : word);

    private async Task<RedisReplica> StartAsync(string text)
    {
        var options = RedisAddress.Parse(new(text))!;
        options.TrustIssuer(_directory["ca.pem"]);
        return await RedisReplica.StartAsync(options);
    }

    private void WriteCertificates()
    {
        var now = DateTimeOffset.UtcNow;
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], false));
        using var certificate = request.Create(authority, now.AddDays(-1), now.AddDays(1), [1, 2, 3, 4]);
        File.WriteAllText(_directory["ca.pem"], authority.ExportCertificatePem());
        File.WriteAllText(_directory["server.pem"], certificate.ExportCertificatePem());
        File.WriteAllText(_directory["server.key"], key.ExportPkcs8PrivateKeyPem());
    }
}
