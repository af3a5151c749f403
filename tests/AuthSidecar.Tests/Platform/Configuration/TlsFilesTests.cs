using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AuthSidecar.Tests.Platform.Configuration;

public sealed class TlsFilesTests : IDisposable
{
    private readonly SettingsDirectory _directory = new();

    public TlsFilesTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UnixEpoch,
            DateTimeOffset.UnixEpoch.AddYears(200)
        );
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _directory.Write("cert.pem", certificate.ExportCertificatePem());
        _directory.Write("key.pem", key.ExportPkcs8PrivateKeyPem());
        _directory.Write("other.pem", other.ExportPkcs8PrivateKeyPem());
        _directory.Write("text.pem", "no certificate");
    }

    [Theory]
    [InlineData("Check")]
    [InlineData("Closer")]
    public void RoutableListenerOfEnvoy_NeedsClientCertificates(string listener)
    {
        Write($"\"{listener}\": \"http://10.0.0.1:1\"", "cert.pem", "key.pem", "");
        Assert.StartsWith(
            $"Listen:{listener}: \"http://10.0.0.1:1\" is reachable",
            Assert.Single(_directory.Load().Errors),
            StringComparison.Ordinal
        );

        Write($"\"{listener}\": \"http://10.0.0.1:1\"", "cert.pem", "key.pem", "cert.pem");
        _directory.LoadGood();
    }

    [Fact]
    public void ClientCa_ProtectsDelegationByCertificate_AndNeedsNames()
    {
        Write(
            "\"Check\": \"http://127.0.0.1:9001\"",
            "cert.pem",
            "key.pem",
            "cert.pem",
            """, "Policies": { "p": { "Delegation": "mtls" } } """
        );

        var loaded = _directory.Load();

        Assert.Empty(loaded.Errors);
        Assert.Contains(
            "Listen:Tls:ClientNames: is empty, so every certificate of ClientCa may connect and call Check with any policy; name Envoy's",
            loaded.Warnings
        );
        Assert.DoesNotContain(loaded.Warnings, warning => warning.StartsWith("Listen:CheckSecrets: is empty", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Companion")]
    [InlineData("Console")]
    [InlineData("Relay")]
    public void OtherRoutableListener_NeedsTlsOnly(string listener)
    {
        Write($"\"{listener}\": \"http://0.0.0.0:1\"", "", "", "");
        Assert.Equal(
            $"Listen:{listener}: \"http://0.0.0.0:1\" is reachable from other machines; set Listen:Tls, or Listen:TrustNetwork if the "
                + "network is trusted",
            Assert.Single(_directory.Load().Errors)
        );

        Write($"\"{listener}\": \"http://0.0.0.0:1\"", "cert.pem", "key.pem", "");
        _directory.LoadGood();
    }

    [Fact]
    public void Probe_MayListenOnAnyAddress_ButNotOnOneThatIsTaken()
    {
        Write("\"Probe\": \"http://0.0.0.0:9100\"", "", "", "");
        _directory.LoadGood();

        Write("\"Probe\": \"http://0.0.0.0:9003\"", "", "", "");
        Assert.Equal(
            "Listen:Probe: \"http://0.0.0.0:9003\" is taken by Listen:Console; give each its own port",
            Assert.Single(_directory.Load().Errors)
        );
    }

    [Fact]
    public void KeyOfAnotherCertificate_IsAnError()
    {
        Write("", "cert.pem", "other.pem", "");

        Assert.StartsWith(
            $"Listen:Tls:Certificate: file \"{_directory.Root}/cert.pem\" cannot be used: ",
            Assert.Single(_directory.Load().Errors),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void FilesWithoutCertificate_AreErrors()
    {
        Write("", "text.pem", "key.pem", "text.pem");

        Assert.Collection(
            _directory.Load().Errors,
            error =>
                Assert.StartsWith(
                    $"Listen:Tls:ClientCa: file \"{_directory.Root}/text.pem\" cannot be used: it holds no certificate",
                    error,
                    StringComparison.Ordinal
                ),
            error =>
                Assert.StartsWith(
                    $"Listen:Tls:Certificate: file \"{_directory.Root}/text.pem\" cannot be used: ",
                    error,
                    StringComparison.Ordinal
                )
        );
    }

    public void Dispose() => _directory.Dispose();

    private void Write(string listener, string certificate, string key, string ca, string more = "") =>
        _directory.Write(
            "authsidecar.json",
            $$"""
            { "Listen": { {{listener}}{{(listener.Length == 0 ? "" : ",")}} "Tls": { "Certificate": "{{Full(certificate)}}", "Key": "{{Full(
                key
            )}}", "ClientCa": "{{Full(ca)}}" } }{{more}} }
            """
        );

    private string Full(string name) => name.Length == 0 ? "" : Path.Combine(_directory.Root, name);
}
