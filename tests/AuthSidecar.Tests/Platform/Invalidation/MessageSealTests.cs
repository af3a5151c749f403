using System.Text;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Tests.Platform.Invalidation;

public sealed class MessageSealTests
{
    private const string Pepper = "a pepper that all replicas share";
    private static readonly byte[] _message = InvalidationMessage.Write([new() { Sequence = 7, KeyId = "k" }], DateTimeOffset.UnixEpoch);

    [Fact]
    public void SealedMessage_IsValid_AndStillReadByVersionsWithoutMacs()
    {
        var message = Seal(Pepper).Seal(_message);

        Assert.Equal(SealState.Valid, Seal(Pepper).Verify(message));
        Assert.True(InvalidationMessage.TryRead(message, out var changes));
        Assert.Equal("k", Assert.Single(changes).KeyId);
    }

    /// <summary>Computed with Python's hmac and hashlib: other versions must compute the same MAC.</summary>
    [Fact]
    public void TheForm_IsStable() =>
        Assert.Equal(
            """{"v":1,"changes":[{"n":7,"at":0,"key":"k"}],"mac":"TpjKjNu_s-uZieeJyG0HneDJ8y62Xeq6oAnxyyNM9_M"}""",
            Encoding.UTF8.GetString(Seal(Pepper).Seal(_message))
        );

    [Fact]
    public void Peppers_CanBeRotated_WhicheverReplicaIsFirst()
    {
        Assert.Equal(SealState.Valid, Seal("the next pepper of all", Pepper).Verify(Seal(Pepper).Seal(_message)));
        Assert.Equal(SealState.Valid, Seal(Pepper, "the next pepper of all").Verify(Seal("the next pepper of all", Pepper).Seal(_message)));
        Assert.Equal(SealState.Wrong, Seal("the next pepper of all").Verify(Seal(Pepper).Seal(_message)));
    }

    [Fact]
    public void PeppersThatChange_ChangeTheMac()
    {
        var peppers = new KeyHasher([new(Pepper)]);
        var seal = new MessageSeal(peppers);
        var before = seal.Seal(_message);
        peppers.Use([new("the next pepper of all")]);

        Assert.Equal(SealState.Wrong, seal.Verify(before));
        Assert.Equal(SealState.Valid, seal.Verify(seal.Seal(_message)));
    }

    [Fact]
    public void EveryByte_IsCovered()
    {
        var seal = Seal(Pepper);
        var message = seal.Seal(_message);
        for (var index = 0; index < message.Length; index++)
        {
            // Only four bits of the last character of the MAC are significant.
            var other = message.ToArray();
            other[index] ^= 0x08;
            Assert.NotEqual(SealState.Valid, seal.Verify(other));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("}")]
    [InlineData("""{"v":1,"changes":[{"n":7,"at":0,"all":true}]}""")]
    [InlineData("""{"v":1,"changes":[{"n":7,"at":0,"all":true}],"mac":""}""")]
    [InlineData("""{"v":1,"changes":[{"n":7,"at":0,"all":true}],"mac":null}""")]
    [InlineData(""","mac":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""")]
    public void MessageWithoutAMac_HasNone(string text) =>
        Assert.Equal(SealState.Missing, Seal(Pepper).Verify(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("                                           ")]
    [InlineData("\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"")]
    public void MacOfAStranger_IsWrong(string mac) =>
        Assert.Equal(
            SealState.Wrong,
            Seal(Pepper).Verify(Encoding.UTF8.GetBytes($$"""{"v":1,"changes":[{"n":7,"at":0,"all":true}],"mac":"{{mac}}"}"""))
        );

    [Fact]
    public void MacOfAnotherMessage_IsWrong()
    {
        var mac = Seal(Pepper).Seal(_message).AsSpan()[^53..];

        Assert.Equal(SealState.Wrong, Seal(Pepper).Verify([.. """{"v":1,"changes":[{"n":7,"at":0,"all":true}]"""u8, .. mac]));
    }

    private static MessageSeal Seal(params string[] peppers) => new(new KeyHasher([.. peppers.Select(pepper => new Secret(pepper))]));
}
