//! Why a package is not taken, said to the person who put in the stick: what it is and what to do now.

use std::io;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    #[error("这不是算盘的同步包（.spx），请选择从平台或乡镇带来的包")]
    NotAPackage,
    #[error("同步包由更新版本的算盘写成，请先升级本程序")]
    TooNew,
    /// The file ends at byte `at`, before the package does.
    #[error("同步包不完整（只有 {at} 字节），可能没有拷完；请在原来的电脑上重新导出，或换一个U盘再拷")]
    Truncated { at: u64 },
    /// Something within these bytes is not as it was written; from the first to before the last.
    #[error("同步包在第 {from} 至 {to} 字节之间已损坏或被改动过，没有读入任何内容；请重新导出，并换一个U盘")]
    Tampered { from: u64, to: u64 },
    /// Undamaged, but not signed by the sender it names. `0` is the fingerprint of that one.
    #[error("同步包不是由它所写的寄件方（指纹 {0}）签发的，没有读入任何内容；请在寄件方的电脑上重新导出")]
    WrongSignature(String),
    /// Fingerprint of the receiver.
    #[error("同步包是给指纹为 {0} 的一方的，不是给本机的，请送到收件方")]
    NotForUs(String),
    /// Fingerprint of the sender.
    #[error("不认识同步包的寄件方（指纹 {0}），没有读入任何内容；请核对它是否来自本省平台或已登记的电脑")]
    UnknownSender(String),
    #[error("同步包有 {bytes} 字节，超过上限 {most} 字节；请在原来的电脑上分几次导出")]
    TooLarge { bytes: u64, most: u64 },
}

/// Why a package in a file is not taken: because of what it is, or because the file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error("读取同步包时出错：{0}；请检查U盘是否插好，或换一个U盘")]
    Io(#[from] io::Error),
}
