using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Tests.Administration.Keys;

public class KeyHasherTests
{
    private static readonly string _token = KeyToken.Generate(TokenFamily.Ask);

    [Fact]
    public void Hash_IsTheHmacOfTheWholeToken()
    {
        var hash = Hasher("new", "old").Hash(_token).ToArray();

        Assert.Equal(HMACSHA256.HashData(Encoding.UTF8.GetBytes("new"), Encoding.UTF8.GetBytes(_token)), hash);
    }

    [Fact]
    public void Compare_ReturnsTheMatchingPepper()
    {
        var hasher = Hasher("new", "older", "oldest");

        Assert.Equal(HashMatch.Current, hasher.Compare(_token, Hasher("new").Hash(_token).ToArray()));
        Assert.Equal(HashMatch.Older, hasher.Compare(_token, Hasher("older").Hash(_token).ToArray()));
        Assert.Equal(HashMatch.Older, hasher.Compare(_token, Hasher("oldest").Hash(_token).ToArray()));
        Assert.Equal(HashMatch.None, hasher.Compare(_token, Hasher("strange").Hash(_token).ToArray()));
    }

    [Fact]
    public void Compare_AnotherTokenOrNoHash_IsNone()
    {
        var hasher = Hasher("new");
        var hash = hasher.Hash(_token).ToArray();

        Assert.Equal(HashMatch.None, hasher.Compare(KeyToken.Generate(TokenFamily.Ask), hash));
        Assert.Equal(HashMatch.None, hasher.Compare(_token, []));
        Assert.Equal(HashMatch.None, hasher.Compare(_token, hash.AsSpan(0, 31)));
        Assert.Equal(HashMatch.None, hasher.Compare(_token, null));
    }

    [Fact]
    public void OtherPeppersAreUsed_HashesWithTheirFirst()
    {
        var hasher = Hasher("old");
        var before = hasher.Hash(_token);

        hasher.Use([new("new")]);

        Assert.Equal(Hasher("new").Hash(_token), hasher.Hash(_token));
        Assert.Equal(HashMatch.None, hasher.Compare(_token, before.ToArray()));
    }

    [Fact]
    public void OnlyTheLegacyPepperChanges_ThoseFromBeforeStay()
    {
        var hasher = Hasher("made in the data directory");
        var before = hasher.Hash(_token);

        hasher.Use([], new("legacy"));

        Assert.Equal(before, hasher.Hash(_token));
        Assert.Equal(HashMatch.Older, hasher.CompareImported(KeyFormat.Pk, "pk_1", SHA256.HashData("legacypk_1"u8)));
    }

    [Fact]
    public void ManyHashersOnOneThread_EachUsesItsOwnPepper()
    {
        var (one, two) = (Hasher("one"), Hasher("two"));

        var hashes = Enumerable.Range(0, 6).Select(round => (round % 2 == 0 ? one : two).Hash(_token)).ToList();

        Assert.Equal(2, hashes.Distinct().Count());
        Assert.All(hashes.Where((_, round) => round % 2 == 0), hash =>
            Assert.Equal(HashMatch.Current, one.Compare(_token, hash.ToArray()))
        );
    }

    [Fact]
    public void NoPepper_CannotHash()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Hasher());
    }

    [Fact]
    public void Hashing_AllocatesNothing()
    {
        var hasher = Hasher("new");
        var first = hasher.Hash(_token);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var same = true;
        for (var round = 0; round < 1000; round++)
        {
            same &= hasher.Hash(_token).Equals(first);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(same);
    }

    private static KeyHasher Hasher(params string[] peppers) => new([.. peppers.Select(pepper => new Secret(pepper))]);
}
